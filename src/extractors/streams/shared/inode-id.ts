const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const LARGEST = (1n << 128n) - 1n;

/**
 * The id of an object by the short one that addresses and lineage have: the same 128 bits, to the base 62. [peer
 * DataHub: the pairs of its recorded answers]
 *
 * @returns undefined for what can't be such an id.
 * @example longId('4JRFW1HThPI1K3YTjouXI7') // '9bbbe3b0-c0c8-4fac-b6f1-8dfebfe74f8b'
 */
export function longId(shortId: string): string | undefined {
  if (!/^[0-9a-zA-Z]{16,22}$/.test(shortId)) return undefined;
  let bits = 0n;
  for (const digit of shortId) bits = bits * 62n + BigInt(DIGITS.indexOf(digit));
  if (bits > LARGEST) return undefined;
  const hex = bits.toString(16).padStart(32, '0');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

const PREFIX = 'inode-';

/** A node of lineage by its long id where its own is `inode-` and a short one: tables and datasets. */
export function nodeIdOf(id: string): string {
  return id.startsWith(PREFIX) ? (longId(id.slice(PREFIX.length)) ?? id) : id;
}
