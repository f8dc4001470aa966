export * from './aes-gcm-secrets.js';
export * from './key-files.js';
export * from './keys.js';
export * from './secrets.js';
