import type { Random } from './random.ts';

const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** A UUID as addresses and lineage name it: the same number to the base 62. [recorded answers of DataHub and QS] */
export function shortId(uuid: string): string {
  let rest = BigInt(`0x${uuid.replaceAll('-', '')}`);
  let text = '';
  for (; rest > 0n; rest /= 62n) text = DIGITS.charAt(Number(rest % 62n)) + text;
  return text;
}

/** A new object's two ids. A number is drawn for each, so that a seed goes on naming what it named. */
export function newIds(
  { drawnShortIds }: { readonly drawnShortIds: boolean },
  random: Random,
): { readonly id: string; readonly urlId: string } {
  const id = random.uuid();
  const drawn = random.base62(22);
  return { id, urlId: drawnShortIds ? drawn : shortId(id) };
}
