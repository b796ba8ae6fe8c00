/** Privacy settings, checked against the streams and compiled to one mask per stream. */

import { ConfigError } from '../../core/errors.ts';
import { parseExact, stringifyExact } from '../../core/exact-json.ts';
import { suggestion } from '../../core/nearest.ts';
import type { EntryMask } from '../../extractors/entry.ts';
import type { Column, Stream } from '../../extractors/stream.ts';
import {
  type Hash,
  hasher,
  isHashed,
  keyIdOf,
  type MaskNode,
  type MaskTree,
  mask,
  type PrivacyRule,
} from './mask.ts';
import { pinnedColumns } from './pinned.ts';

/** The section `privacy` of the settings. */
export interface PrivacySettings {
  readonly key?: string | undefined;
  /** By `stream.column`, or `stream._raw.field.field` for what is no column. */
  readonly columns: Readonly<Record<string, PrivacyRule>>;
}

/** Rules of a stream by what the settings call it behind the stream: `email`, `_raw.owner.email`. */
export type Rules = Readonly<Record<string, PrivacyRule>>;

/** Hidden fields of one stream. */
export interface StreamPrivacy {
  readonly rules: Rules;
  /** By the fields of an entry. */
  readonly entry: MaskTree;
  /** The same by column, for those it concerns. */
  readonly columns: ReadonlyMap<string, MaskNode>;
  /** For entries as they come in. */
  readonly mask: EntryMask;
  /** By column: what is left there of the plain value of another one. */
  readonly left: ReadonlyMap<string, LeftOver>;
}

/** The remainder of a hidden column. */
export interface LeftOver {
  readonly whole: string;
  /** Undefined where the value is not in plain. */
  readonly hashOf: (value: unknown) => string | undefined;
}

/** Privacy of a stream without rules. */
export const NOTHING_HIDDEN: Pick<StreamPrivacy, 'entry' | 'columns' | 'left'> = {
  ...{ entry: new Map(), columns: new Map(), left: new Map() },
};

/** Hidden fields of every stream. */
export interface Privacy {
  /** Identifies the key without revealing it; undefined if none is set. */
  readonly keyId: string | undefined;
  readonly hash: Hash;
  of(stream: string): StreamPrivacy | undefined;
}

/** @throws ConfigError where a setting names what is not there or what loading can't do without. */
export function compilePrivacy(settings: PrivacySettings, streams: readonly Stream[]): Privacy {
  const { key } = settings;
  const hash = key === undefined ? withoutKey : hasher(key);
  const byStream = new Map<Stream, [string, PrivacyRule][]>();
  for (const [name, rule] of Object.entries(settings.columns)) {
    if (rule === 'hash' && key === undefined) {
      throw new ConfigError(`privacy.columns hashes ${name}, but there is no key to hash with.`, {
        advice: 'Set SIGMA_SYNC_PRIVACY_KEY (or SIGMA_SYNC_PRIVACY_KEY_FILE), or drop the column.',
      });
    }
    const dot = name.indexOf('.');
    const stream = streamOf(streams, name, dot < 0 ? name : name.slice(0, dot));
    if (dot < 0) {
      throw new ConfigError(`privacy.columns has ${name}, which names no column.`, {
        advice: `Write stream and column, such as ${name}.${stream.columns.at(-1)?.name ?? 'column'}.`,
      });
    }
    const rules = byStream.get(stream) ?? [];
    rules.push([name.slice(dot + 1), rule]);
    byStream.set(stream, rules);
  }
  const compiled = new Map(
    [...byStream].map(([stream, rules]) => {
      const all = [...rules, ...leftRules(stream, rules, key === undefined ? 'drop' : 'hash')];
      return [stream.name, compileStream(stream, streams, all, hash)];
    }),
  );
  return {
    keyId: key === undefined ? undefined : keyIdOf(key),
    hash,
    of: (stream) => compiled.get(stream),
  };
}

const withoutKey: Hash = () => {
  throw new Error('there is no key to hash with');
};

/** Rules that follow from others: of what is left of a hidden field, such as the domain of an address. */
function leftRules(
  stream: Stream,
  rules: readonly (readonly [string, PrivacyRule])[],
  rule: PrivacyRule,
): (readonly [string, PrivacyRule])[] {
  const has = (name: string | undefined): boolean => rules.some(([one]) => one === name);
  return stream.columns.flatMap((column) =>
    !has(column.name) && has(wholeOf(stream, column)) ? [[column.name, rule] as const] : [],
  );
}

/** The column of which this one keeps a part. */
function wholeOf(stream: Stream, { left }: Column): string | undefined {
  return left === undefined ? undefined : stream.columns.find(({ source }) => source === left.of)?.name;
}

function compileStream(
  stream: Stream,
  streams: readonly Stream[],
  rules: readonly (readonly [string, PrivacyRule])[],
  hash: Hash,
): StreamPrivacy {
  const pinned = pinnedColumns(stream, streams);
  refuseHalfHidden(stream, rules);
  const entry = new Map<string, MaskNode>();
  for (const [name, rule] of rules) insert(entry, pathOf(stream, pinned, name, rule), rule);
  const columns = new Map<string, MaskNode>();
  const cells = new Map<string, (cell: string) => string | null>();
  const left = new Map<string, LeftOver>();
  const ofEntry = new Map<string, (fields: Readonly<Record<string, unknown>>) => string | null>();
  for (const column of stream.columns) {
    const node = column.from === 'field' ? entry.get(column.source) : undefined;
    if (node === undefined) continue;
    columns.set(column.name, node);
    const whole = wholeOf(stream, column);
    if (column.left !== undefined && whole !== undefined && node === 'hash') {
      const { of, part } = column.left;
      const hashOf = (value: unknown): string | undefined =>
        typeof value === 'string' && !isHashed(value) ? hashed(part(value), hash) : undefined;
      left.set(column.name, { whole, hashOf });
      ofEntry.set(column.name, (fields) => hashOf(fields[of]) ?? null);
    }
    cells.set(column.name, (cell) => maskCell(column, cell, node, hash));
  }
  return {
    rules: Object.fromEntries([...rules].sort(([a], [b]) => (a < b ? -1 : 1))),
    entry,
    columns,
    mask: { entry: (fields) => mask(fields, entry, hash), cells, left: ofEntry },
    left,
  };
}

function hashed(text: string | undefined, hash: Hash): string | undefined {
  return text === undefined ? undefined : hash(text);
}

/** A derived column is computed from other fields, which `_raw` would still show. */
function refuseHalfHidden(stream: Stream, rules: readonly (readonly [string, PrivacyRule])[]): void {
  const has = (name: string | undefined): boolean => rules.some(([one]) => one === name);
  for (const [name, rule] of rules) {
    const column = stream.columns.find((one) => one.name === name && (one.derive ?? one.left) !== undefined);
    if (column === undefined) continue;
    const whole = wholeOf(stream, column);
    if (whole === undefined ? rules.some(([one]) => one.startsWith('_raw.')) : has(whole)) continue;
    throw new ConfigError(
      `privacy.columns hides ${stream.name}.${name}, which is computed from other fields of the entry.`,
      {
        advice: `Say what to do with those, too, for instance "${stream.name}.${whole ?? '_raw.name'}": ${rule}.`,
      },
    );
  }
}

function maskCell(column: Column, cell: string, node: MaskNode, hash: Hash): string | null {
  if (node === 'drop') return null;
  const masked = mask(column.type === 'json' ? parseExact(cell) : cell, node, hash);
  return cellOf(column, masked);
}

/** A masked value as the text Postgres reads for the column. */
export function cellOf({ type }: Pick<Column, 'type'>, masked: unknown): string | null {
  if (masked === undefined || masked === null) return null;
  return type === 'json' ? (stringifyExact(masked) ?? null) : String(masked);
}

/** If a rule covers a field as a whole, rules for fields below it are moot. */
function insert(
  tree: Map<string, MaskNode>,
  [field = '', ...below]: readonly string[],
  rule: PrivacyRule,
): void {
  const present = tree.get(field);
  if (typeof present === 'string') return;
  if (below.length === 0) tree.set(field, rule);
  else {
    const inner = new Map(present);
    insert(inner, below, rule);
    tree.set(field, inner);
  }
}

const RAW = '_raw.';

/** The path of a rule into an entry. @throws ConfigError */
function pathOf(
  stream: Stream,
  pinned: ReadonlyMap<string, string>,
  name: string,
  rule: PrivacyRule,
): readonly string[] {
  const full = `${stream.name}.${name}`;
  if (!name.startsWith(RAW)) {
    const column = stream.columns.find((candidate) => candidate.name === name);
    if (column === undefined) {
      const known = stream.columns.map((candidate) => candidate.name);
      throw new ConfigError(
        `privacy.columns has ${full}, but there is no such column.${suggestion(known, name)}`,
        {
          advice: `Columns are ${known.join(', ')}; other fields are written as ${stream.name}._raw.field.`,
        },
      );
    }
    const reason = pinned.get(name);
    if (reason !== undefined) {
      throw new ConfigError(`privacy.columns can't ${rule} ${full}: ${reason}.`, {
        advice: 'Take it out of privacy.columns.',
      });
    }
    if (rule === 'hash' && column.type !== 'text' && column.type !== 'json') {
      throw new ConfigError(`privacy.columns can't hash ${full}: its type is ${column.type}.`, {
        advice: 'Only text and json can be hashed; drop it instead.',
      });
    }
    return [column.source];
  }
  const path = name.slice(RAW.length).split('.');
  const column = stream.columns.find(({ from, source }) => from === 'field' && source === path[0]);
  if (path.includes('')) {
    throw new ConfigError(`privacy.columns has ${full}, which has an empty field name.`, {
      advice: `Write the fields with one dot between them, such as ${stream.name}._raw.owner.email.`,
    });
  }
  if (column !== undefined && (path.length === 1 || column.type !== 'json')) {
    throw new ConfigError(`privacy.columns has ${full}, which is the column ${column.name}.`, {
      advice: `Write ${stream.name}.${column.name}.`,
    });
  }
  return path;
}

/** @throws ConfigError that suggests the nearest name. */
function streamOf(streams: readonly Stream[], full: string, name: string): Stream {
  const found = streams.find((stream) => stream.name === name);
  if (found !== undefined) return found;
  const known = streams.map((stream) => stream.name);
  throw new ConfigError(
    `privacy.columns has ${full}, but there is no stream "${name}".${suggestion(known, name)}`,
    {
      advice: `"sigma-sync streams" lists all ${known.length}; columns of exports are named under hide, in their entries of the list exports.`,
    },
  );
}
