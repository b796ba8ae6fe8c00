/** E-mail addresses in texts, and how they are recognized. */

/** Stands for an address. */
export const HIDDEN_ADDRESS = '[address]';

/** An address within other text, as JavaScript and as PostgreSQL write it. */
const LOCAL = `[^\\s@"'<>(),;:=/\\\\]+`;
export const ADDRESS_SQL = `${LOCAL}@[^\\s@"'<>(),;:=/\\\\]*[^\\s@"'<>(),;:=/\\\\.]\\.[[:alpha:]][[:alnum:]-]+`;
const ADDRESS = new RegExp(
  `${LOCAL}@[^\\s@"'<>(),;:=/\\\\]*[^\\s@"'<>(),;:=/\\\\.]\\.\\p{L}[\\p{L}\\p{N}-]+`,
  'gu',
);

/** A text without the addresses in it. */
export function withoutAddresses(text: string): string {
  return text.includes('@') ? text.replaceAll(ADDRESS, HIDDEN_ADDRESS) : text;
}

/** True where an address is in the text. */
export function hasAddress(text: string): boolean {
  return text.includes('@') && text.search(ADDRESS) >= 0;
}
