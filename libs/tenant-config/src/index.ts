export * from './read-configuration.js';
