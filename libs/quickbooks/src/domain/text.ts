import { transliterate } from 'transliteration';

/** Text as QuickBooks accepts it (B9; facts section 7). US companies keep only ISO-8859-1, others take all of UTF-8. */

// biome-ignore format: a table reads better in rows
const NAMED_ENTITIES: Readonly<Record<string, string>> = {
  amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ', ndash: '–', mdash: '—', hellip: '…', lsquo: '‘',
  rsquo: '’', ldquo: '“', rdquo: '”', bull: '•', trade: '™', reg: '®', copy: '©', euro: '€', pound: '£', times: '×',
  deg: '°', middot: '·', laquo: '«', raquo: '»', szlig: 'ß', auml: 'ä', ouml: 'ö', uuml: 'ü', Auml: 'Ä', Ouml: 'Ö',
  Uuml: 'Ü', eacute: 'é', egrave: 'è', ecirc: 'ê', agrave: 'à', aacute: 'á', acirc: 'â', iacute: 'í', oacute: 'ó',
  uacute: 'ú', ntilde: 'ñ', ccedil: 'ç', oslash: 'ø', aring: 'å', aelig: 'æ', Eacute: 'É', Aring: 'Å', Oslash: 'Ø',
};

const ENTITY = /&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z]{2,8}));/gu;

/** WordPress stores some texts with HTML entities: `Tom &amp; Jerry`. Decoded once; unknown ones stay as they are. */
export function decodeEntities(text: string): string {
  return text.replace(ENTITY, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return NAMED_ENTITIES[name] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
    return code > 0 && code <= 0x10_ff_ff ? String.fromCodePoint(code) : whole;
  });
}

/** Pictures, and what only modifies them. ©, ® and ™ count as emoji in Unicode and are kept. */
const EMOJI = /[[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}\u{20E3}\u{FE0E}\u{FE0F}]--[©®™]]/gv;
const BLANK = /[\p{Cc}\p{Z}]+/gu;
/** Format characters, lone surrogates, private use, unassigned. */
const INVISIBLE = /[\p{Cf}\p{Cs}\p{Co}\p{Cn}]/gu;
const NOT_LATIN1 = /[^\u{20}-\u{7e}\u{a0}-\u{ff}]+/gu;

/** Four times the longest field that takes text (4,000): cleaning removes, it never needs more. */
const LONGEST_TEXT = 16_000;
/** Letters of any language carry a few marks; normalising costs the square of a run of them. */
const PILED_MARKS = /(\p{M}{8})\p{M}+/gu;

function bounded(text: string): string {
  return truncate(text, LONGEST_TEXT).replace(PILED_MARKS, '$1');
}

/** One line of printable text in the company's character set; may be empty. */
export function cleanText(text: string, isUs: boolean): string {
  const visible = decodeEntities(bounded(text))
    .normalize('NFC')
    .replace(EMOJI, '')
    .replace(BLANK, ' ')
    .replace(INVISIBLE, '');
  const inCharset = isUs ? visible.replace(NOT_LATIN1, (run) => transliterate(run, { unknown: '' })) : visible;
  return (isUs ? inCharset.replace(NOT_LATIN1, '') : inCharset).replace(/ {2,}/gu, ' ').trim();
}

/** A name of a list object: also without colons, which QuickBooks reads as hierarchy; may be empty. */
export function cleanName(text: string, isUs: boolean, maxLength: number): string {
  return truncate(cleanText(text, isUs).replace(/ ?: ?/gu, ' - ').replace(/ {2,}/gu, ' '), maxLength);
}

/** At most `maxLength` UTF-16 units, never half a character, no blank at the end. */
export function truncate(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text.trim();
  const last = text.charCodeAt(maxLength - 1);
  const splitsPair = last >= 0xd8_00 && last <= 0xdb_ff;
  return text.slice(0, splitsPair ? maxLength - 1 : maxLength).trim();
}

/** `base` plus `suffix` within `maxLength`: the suffix is what makes it unique, so the base gives way. */
export function withSuffix(base: string, suffix: string, maxLength: number): string {
  return `${truncate(base, Math.max(0, maxLength - suffix.length))}${suffix}`.trim();
}

/** Names and addresses compare without case, as QuickBooks does. */
export function fold(text: string): string {
  return bounded(text).normalize('NFC').toLowerCase();
}

const EMAIL = /^[^\s@,;]+@[^\s@,;]+\.[^\s@,;]+$/u;
/** Dots that RFC 822 does not allow in front of the @, and QuickBooks refuses (2210); Japanese phone mail has them. */
const ODD_DOTS = /^\.|\.\.|\.@/u;

/** A lower-case e-mail address QuickBooks can store, or null. */
export function emailKey(text: string): string | null {
  const email = fold(text);
  return email.length <= 100 && EMAIL.test(email) && !ODD_DOTS.test(email) ? email : null;
}

/** What stands where an address should, when QuickBooks cannot store it; null when it can, or when nothing stands there. */
export function unusableEmail(text: string): string | null {
  const clean = fold(text)
    .replace(/[\p{Cc}\p{Z}]+/gu, ' ')
    .trim();
  return clean === '' || emailKey(text) !== null ? null : truncate(clean, 100);
}
