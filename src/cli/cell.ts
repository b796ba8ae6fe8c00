/** A value of a database as one cell of a table: short, for people; `--json` has all of it. */

/** Times in UTC to the second; lists with commas. */
export function cell(value: unknown): string | number {
  if (typeof value === 'number') return value;
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return time(value);
  if (Array.isArray(value)) return value.map(cell).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function time(value: Date): string {
  // `infinity` is a time, too.
  if (Number.isNaN(value.getTime())) return String(value);
  return `${value.toISOString().slice(0, 19).replace('T', ' ')}Z`;
}
