/** A value of an answer as one cell of a table: for people; `--json` has it as it is. */

/** Lists are joined by commas where that loses nothing. */
export function cell(value: unknown): string | number {
  if (typeof value === 'number') return value;
  if (value === null || value === undefined) return '';
  if (Array.isArray(value) && value.every(isPlain)) return value.join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function isPlain(item: unknown): boolean {
  return typeof item === 'number' || (typeof item === 'string' && item !== '');
}
