/** Applies privacy settings to a value. These pure functions serve new rows and stored rows alike. */
import { createHmac, createSecretKey } from 'node:crypto';
import { keepDigits } from '../../core/exact-json.ts';
import { storable } from '../../extractors/entry.ts';

/** `hash` replaces a value by a keyed hash, `drop` leaves it out. */
export type PrivacyRule = 'hash' | 'drop';

/** The rule for a value: for all of it, or for fields below it. */
export type MaskNode = PrivacyRule | MaskTree;

/** Rules by the field's name in the API. */
export type MaskTree = ReadonlyMap<string, MaskNode>;

/** Gives what stands for a value that is not null; undefined where nothing may. */
export type Hash = (value: unknown) => string | undefined;

const HASHED = /^hmac:[0-9a-f]{32}$/;

/** True where the value is a hash already. */
export function isHashed(value: unknown): boolean {
  return typeof value === 'string' && HASHED.test(value);
}

/**
 * HMAC-SHA256 of the value's text as `hmac:` and 32 hex digits: of a string the string itself, of anything else its
 * canonical JSON. Neither stream nor column enters into it, so that tables join by it. A hash is not hashed again.
 */
export function hasher(key: string): Hash {
  const secret = createSecretKey(key, 'utf8');
  return (value) => {
    if (typeof value === 'string' && isHashed(value)) return value;
    return `hmac:${createHmac('sha256', secret).update(canonicalText(value)).digest('hex').slice(0, 32)}`;
  };
}

/** Tells one key from another without giving it away: 8 hex digits. */
export function keyIdOf(key: string): string {
  return createHmac('sha256', key).update('key of the privacy settings').digest('hex').slice(0, 8);
}

/** A copy of `value` as it may be stored; undefined where nothing of it may be. Arrays are walked through. */
export function mask(value: unknown, node: MaskNode, hash: Hash): unknown {
  if (node === 'drop') return undefined;
  if (value === null || value === undefined) return value;
  if (node === 'hash') return hash(value);
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => mask(item, node, hash));
    return keepDigits(items, value, ...items);
  }
  if (typeof value !== 'object') return value;
  const fields: [string, unknown][] = [];
  for (const [name, inner] of Object.entries(value)) {
    const below = node.get(name);
    const masked = below === undefined ? (inner as unknown) : mask(inner, below, hash);
    if (masked !== undefined) fields.push([name, masked]);
  }
  const copy = Object.fromEntries(fields);
  return keepDigits(copy, value, ...Object.values(copy));
}

/** A copy of `value` without any hash in it; undefined where it is one. */
export function withoutHashes(value: unknown): unknown {
  if (isHashed(value)) return undefined;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => withoutHashes(item) ?? null);
  const fields = Object.entries(value).map(([name, inner]): [string, unknown] => [
    name,
    withoutHashes(inner),
  ]);
  return Object.fromEntries(fields.filter(([, inner]) => inner !== undefined));
}

/** The text that is hashed. jsonb keeps neither the order of fields nor what Postgres can't store. */
function canonicalText(value: unknown): string {
  if (typeof value === 'string') return storable(value);
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner === 'string') return storable(inner);
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    const fields = Object.entries(inner).map(([name, field]): [string, unknown] => [storable(name), field]);
    return Object.fromEntries(fields.sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
