export * from './pages.js';
export * from './port.js';
