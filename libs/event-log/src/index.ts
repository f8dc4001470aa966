export * from './partition.js';
export * from './port.js';
export * from './ownership.js';
