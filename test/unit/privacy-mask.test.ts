/** The mask: what is hashed, how, and what an entry looks like afterwards. */
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasAddress, withoutAddresses } from '../../src/core/addresses.ts';
import { entryReader } from '../../src/extractors/entry.ts';
import { boolean, derived, json, text } from '../../src/extractors/fields.ts';
import { defineStream } from '../../src/extractors/stream.ts';
import { compilePrivacy, type PrivacySettings } from '../../src/loaders/privacy/compile-privacy.ts';
import { maskLogEntry } from '../../src/loaders/privacy/log-entry.ts';
import { hasher, isHashed, keyIdOf, mask, withoutHashes } from '../../src/loaders/privacy/mask.ts';

const KEY = 'a key of the privacy tests';
const hash = hasher(KEY);

const people = defineStream({
  name: 'people',
  description: 'People.',
  key: ['id'],
  sources: [{ name: 'people', listings: [{ path: '/v2/people', paging: 'page' }] }],
  fields: {
    id: text('Id'),
    email: text('E-mail'),
    nickName: text('Nick name'),
    tags: json('Tags'),
    active: boolean('Active'),
    handle: derived(text('Part of the e-mail'), ({ email }) => String(email).split('@')[0]),
  },
});

function privacyOf(columns: PrivacySettings['columns']) {
  const privacy = compilePrivacy({ key: KEY, columns }, [people]).of('people');
  if (privacy === undefined) throw new Error('no rules');
  return privacy;
}

/** A row by column, and its `_raw`. */
function read(columns: PrivacySettings['columns'], entry: unknown) {
  const drift: string[] = [];
  const { mask } = privacyOf(columns);
  const row = entryReader(people, {}, (field) => drift.push(field), mask)(entry);
  if (!('cells' in row)) throw new Error(`rejected: ${JSON.stringify(row)}`);
  const cells = Object.fromEntries(people.columns.map(({ name }, i) => [name, row.cells[i]]));
  return { cells, raw: JSON.parse(row.raw) as unknown, drift };
}

describe('a hash', () => {
  it('is the HMAC of the text, cut to 32 digits', () => {
    const expected = createHmac('sha256', KEY).update('zoë@example.org', 'utf8').digest('hex').slice(0, 32);
    expect(hash('zoë@example.org')).toBe(`hmac:${expected}`);
    expect(hasher(`${KEY}!`)('zoë@example.org')).not.toBe(hash('zoë@example.org'));
  });

  it('is not hashed again, and says nothing of the key', () => {
    const once = hash('x') ?? '';
    expect(hash(once)).toBe(once);
    expect(isHashed(once)).toBe(true);
    expect(isHashed('hmac:of a sort')).toBe(false);
    expect(keyIdOf(KEY)).toMatch(/^[0-9a-f]{8}$/);
    expect(keyIdOf(KEY)).not.toBe(keyIdOf(`${KEY}!`));
  });

  it('of JSON is the same whatever the order of fields, and differs with the value', () => {
    const shuffled = (value: unknown): unknown => {
      if (typeof value !== 'object' || value === null) return value;
      if (Array.isArray(value)) return value.map(shuffled);
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([name, inner]) => [name, shuffled(inner)]),
      );
    };
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        fc.pre(typeof value !== 'string');
        expect(hash(shuffled(value))).toBe(hash(value));
        expect(hash({ value, more: 1 })).not.toBe(hash(value));
      }),
    );
  });
});

describe('an entry', () => {
  const entry = {
    id: '1',
    email: 'ann@example.org',
    nickName: 'Annie',
    tags: [
      { by: 'ann@example.org', name: 'red' },
      { by: null, name: 'blue' },
    ],
    active: true,
    owner: { email: 'ann@example.org', more: { name: 'Ann' } },
    ['__proto__']: 'kept',
  };

  it('has hashes in its cells and, under the names of the API, in its raw form', () => {
    const { cells, raw } = read({ 'people.email': 'hash', 'people.nick_name': 'drop' }, entry);
    expect(cells).toMatchObject({ id: '1', email: hash('ann@example.org'), nick_name: null, active: 'true' });
    const { nickName: _, ...rest } = entry;
    expect(raw).toEqual({ ...rest, email: hash('ann@example.org') });
  });

  it('keeps null and what is not there', () => {
    const { cells, raw } = read({ 'people.email': 'hash' }, { id: '1', email: null });
    expect(cells['email']).toBeNull();
    expect(raw).toEqual({ id: '1', email: null });
    expect(read({ 'people.email': 'hash' }, { id: '1' }).raw).toEqual({ id: '1' });
  });

  it('is masked below json columns and beside columns, through arrays', () => {
    const rules = {
      'people._raw.tags.by': 'hash',
      'people._raw.owner.email': 'hash',
      'people._raw.owner.more.name': 'drop',
      'people._raw.nowhere.at.all': 'drop',
    } as const;
    const { cells, raw } = read(rules, entry);
    const tags = [
      { by: hash('ann@example.org'), name: 'red' },
      { by: null, name: 'blue' },
    ];
    expect(JSON.parse(cells['tags'] ?? '')).toEqual(tags);
    expect(raw).toEqual({ ...entry, tags, owner: { email: hash('ann@example.org'), more: {} } });
  });

  it('of a json column is hashed as a whole, and the same in both places', () => {
    const { cells, raw } = read({ 'people.tags': 'hash', 'people._raw.tags.by': 'drop' }, entry);
    expect(JSON.parse(cells['tags'] ?? '')).toBe(hash(entry.tags));
    expect(raw).toMatchObject({ tags: hash(entry.tags) });
  });

  it('does not show a value of another type than declared', () => {
    const { cells, raw, drift } = read({ 'people.email': 'hash' }, { id: '1', email: { was: 'ann@x' } });
    expect(cells['email']).toBeNull();
    expect(raw).toEqual({ id: '1', email: hash({ was: 'ann@x' }) });
    expect(drift).toEqual(['email']);
  });

  it('hashes what Postgres can store of a text, in both places', () => {
    const { cells, raw } = read({ 'people.email': 'hash' }, { id: '1', email: 'a\0b\ud800' });
    expect(cells['email']).toBe(hash('a\ufffdb\ufffd'));
    expect(raw).toEqual({ id: '1', email: hash('a\ufffdb\ufffd') });
  });

  it('gives a derived column its value from the entry as it came', () => {
    expect(read({ 'people.email': 'drop' }, entry).cells['handle']).toBe('ann');
    const rules = { 'people.handle': 'hash', 'people._raw.owner.email': 'drop' } as const;
    expect(read(rules, entry).cells['handle']).toBe(hash('ann'));
    // Hidden alone, it would still show in the fields it is computed from.
    expect(() => read({ 'people.handle': 'hash' }, entry)).toThrow('computed from other fields');
  });

  it('that is nested too deeply is rejected and no error', () => {
    let deep: unknown = 1;
    for (let i = 0; i < 20_000; i++) deep = [deep];
    for (const rules of [{ 'people.tags': 'hash' }, { 'people._raw.tags.by': 'drop' }] as const) {
      const row = entryReader(people, {}, () => undefined, privacyOf(rules).mask)({ id: '1', tags: deep });
      expect(row).toMatchObject({ rejected: true });
    }
  });

  it('is masked once for good', () => {
    const { entry: tree } = privacyOf({ 'people.tags': 'hash', 'people._raw.owner.email': 'hash' });
    const once = mask(entry, tree, hash);
    expect(mask(once, tree, hash)).toEqual(once);
  });
});

describe('an entry of the change log', () => {
  const update = (before: Record<string, unknown>, after: Record<string, unknown>) => ({
    operation: 'update',
    changed: Object.keys(after),
    before,
    after,
  });
  const rules = privacyOf({
    'people.email': 'hash',
    'people.nick_name': 'drop',
    'people._raw.tags.by': 'drop',
  });

  it('that has nothing to hide stays as it is', () => {
    const entry = update({ active: true }, { active: false });
    expect(maskLogEntry(entry, rules, hash)).toBe(entry);
    const hashed = update({ email: hash('a') }, { email: hash('b') });
    expect(maskLogEntry(hashed, rules, hash)).toBe(hashed);
  });

  it('has hashes in place of values and nothing of what is dropped', () => {
    expect(
      maskLogEntry(
        update({ active: true, email: 'a', nick_name: 'A' }, { active: false, email: null, nick_name: 'B' }),
        rules,
        hash,
      ),
    ).toEqual(update({ active: true, email: hash('a') }, { active: false, email: null }));
    const inserted = {
      operation: 'insert',
      changed: null,
      before: null,
      after: { id: '1', email: 'a', nick_name: 'A' },
    };
    expect(maskLogEntry(inserted, rules, hash)).toEqual({
      ...inserted,
      after: { id: '1', email: hash('a') },
    });
  });

  it('is gone where nothing is left of what it changed', () => {
    expect(maskLogEntry(update({ nick_name: 'A' }, { nick_name: 'B' }), rules, hash)).toBeUndefined();
    const tagged = (by: string, name: string) => [{ by, name }];
    const same = update({ tags: tagged('a', 'red') }, { tags: tagged('b', 'red') });
    expect(maskLogEntry(same, rules, hash)).toBeUndefined();
    const other = update({ tags: tagged('a', 'red') }, { tags: tagged('b', 'blue') });
    expect(maskLogEntry(other, rules, hash)).toEqual(
      update({ tags: [{ name: 'red' }] }, { tags: [{ name: 'blue' }] }),
    );
    const raw = update({ _raw: { nickName: 'A' } }, { _raw: { nickName: 'B' } });
    expect(maskLogEntry(raw, rules, hash)).toBeUndefined();
  });

  it('loses hashes of another key from both of its sides', () => {
    const old = hasher('another key of the tests')('a');
    const strict = (value: unknown) => (isHashed(value) ? undefined : hash(value));
    expect(
      maskLogEntry(update({ email: null, active: true }, { email: old, active: false }), rules, strict),
    ).toEqual(update({ active: true }, { active: false }));
  });
});

describe('an address within a text', () => {
  it.each([
    ['User ann.o+x@example.org may not read it', 'User [address] may not read it'],
    ['{"user":"ann@mail.example.org","id":1}', '{"user":"[address]","id":1}'],
    ['<Ann@Example.ORG>, (bob@exämple.de); see', '<[address]>, ([address]); see'],
    ['mailto:ann@example.org.', 'mailto:[address].'],
    ['@ann, a @ b, a@b and 3@4.5 are none', '@ann, a @ b, a@b and 3@4.5 are none'],
  ])('%s', (text, hidden) => {
    expect(withoutAddresses(text)).toBe(hidden);
    expect(hasAddress(text)).toBe(text !== hidden);
  });
});

describe('hashes of another key', () => {
  it('go from values of any depth', () => {
    const hash = `hmac:${'0'.repeat(32)}`;
    expect(withoutHashes({ a: hash, b: [{ c: hash, d: 1 }, hash], e: 'hmac:x' })).toEqual({
      b: [{ d: 1 }, null],
      e: 'hmac:x',
    });
    expect(withoutHashes(hash)).toBeUndefined();
  });
});
