export * from './documents-of.js';
export * from './port.js';
