import type { Address } from '@tillstream/contracts';
import type { JsonObject } from './model.js';
import { cleanText, truncate } from './text.js';
import { compact } from './wire-json.js';

/** A postal address within QuickBooks' limits; {} when there is nothing in it. */
export function wireAddress(address: Address, isUs: boolean): JsonObject {
  const field = (text: string, max: number) => truncate(cleanText(text, isUs), max);
  const person = field(`${address.firstName} ${address.lastName}`, 500);
  const lines = [person, field(address.company, 500), field(address.line1, 500), field(address.line2, 500)].filter(
    Boolean,
  );
  const postal = compact({
    City: field(address.city, 255),
    CountrySubDivisionCode: field(address.state, 255),
    PostalCode: field(address.postcode, 30),
    Country: field(address.country, 255),
  });
  const street = lines.length > (person === '' ? 0 : 1);
  if (!street && Object.keys(postal).length === 0) return {};
  return { ...Object.fromEntries(lines.map((line, index) => [`Line${index + 1}`, line])), ...postal };
}
