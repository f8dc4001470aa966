export * from './port.js';
export * from './documents-of.js';
