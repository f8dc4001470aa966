export { type ExpectedHold, type GenerateShopOptions, type GeneratedShop, generateShop } from './generate-shop.js';
export { PLANTED_CODES, type PlantedCode, type PlantedCounts } from './planted.js';
export { type CompanyProfile, PROFILES, type Region } from './profiles.js';
export type { QuickBooksHints } from './quickbooks-hints.js';
export type { TaxCodeHint } from './tax-codes.js';
