export * from './partition.js';
export * from './port.js';
