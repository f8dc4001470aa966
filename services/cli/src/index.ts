export { EXIT } from './exit-codes.js';
