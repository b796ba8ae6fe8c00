/** Privacy settings: what they may name, and what a change of them asks for. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.ts';
import { secrets } from '../../src/config/credentials.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { ConfigError } from '../../src/core/errors.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { json, sensitive, text, timestamp } from '../../src/extractors/fields.ts';
import { defineStream } from '../../src/extractors/stream.ts';
import { stepBetween } from '../../src/loaders/privacy/applied.ts';
import { compilePrivacy, type PrivacySettings } from '../../src/loaders/privacy/compile-privacy.ts';
import { describePrivacy } from '../../src/loaders/privacy/privacy-report.ts';

const KEY = 'a key of the privacy tests';

const docs = defineStream({
  name: 'docs',
  description: 'Documents.',
  key: ['id'],
  sources: [{ name: 'docs', listings: [{ path: '/v2/docs', paging: 'page' }] }],
  fields: {
    id: text('Id'),
    title: sensitive('content', text('Title')),
    owner: sensitive('email', text('Owner')),
    version: text('Version'),
    closed: text('Closed'),
    details: json('Details'),
    seenAt: timestamp('Seen'),
    updatedAt: timestamp('Changed'),
  },
});
const kind = { kind: 'doc', parent: 'docs', parentColumn: 'id', param: 'docId', column: 'doc_id' } as const;
const parts = defineStream({
  name: 'doc_parts',
  description: 'Parts of documents.',
  key: ['part_id'],
  sources: [
    {
      name: 'parts',
      listings: [{ path: '/v2/docs/{docId}/parts', paging: 'page' }],
      forEach: {
        stream: 'docs',
        column: 'title',
        param: 'title',
        except: { column: 'details', values: [] },
      },
    },
  ],
  partitions: [
    [{ ...kind, unless: 'closed', signal: ['version'], activeWhile: { column: 'ran_at', withinDays: 1 } }],
  ],
  params: { docId: text('Document'), title: text('Title') },
  fields: { partId: text('Id'), ranAt: timestamp('Ran'), note: text('Note') },
});

function failure(columns: PrivacySettings['columns'], key: string | undefined = KEY): string {
  try {
    compilePrivacy({ key, columns }, [docs, parts]);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('the columns', () => {
  it('must be there, and the nearest is suggested', () => {
    expect(failure({ 'dcos.title': 'drop' })).toBe(
      'privacy.columns has dcos.title, but there is no stream "dcos". Did you mean docs?',
    );
    expect(failure({ 'doc.title': 'drop' })).toMatch(/there is no stream "doc"\. Did you mean docs\?$/);
    expect(failure({ 'docs.seenAt': 'drop' })).toMatch(/there is no such column\. Did you mean seen_at\?$/);
    expect(failure({ 'docs._synced_at': 'drop' })).toContain('there is no such column');
    expect(failure({ docs: 'drop' })).toBe('privacy.columns has docs, which names no column.');
    expect(failure({ 'docs._raw.owner': 'hash' })).toBe(
      'privacy.columns has docs._raw.owner, which is the column owner.',
    );
    expect(failure({ 'docs._raw.details': 'hash' })).toContain('which is the column details');
    expect(failure({ 'docs._raw.title.x': 'hash' })).toContain('which is the column title');
    expect(failure({ 'docs._raw.a..b': 'hash' })).toContain('empty field name');
    expect(failure({ 'docs._raw.': 'hash' })).toContain('empty field name');
  });

  it('can not be those that loading works with', () => {
    const pinned = {
      'docs.id': 'it is part of the key',
      'docs.updated_at': 'it tells which of two copies of a row is the newer one',
      'docs.version': 'it tells when doc_parts is read again',
      'docs.closed': 'it tells whether doc_parts is read',
      'docs.title': 'doc_parts is read by it',
      'docs.details': 'it tells whether doc_parts is read',
      'doc_parts.doc_id': 'it names what the row was read for',
      'doc_parts.title': 'it names what the row was read for',
      'doc_parts.ran_at': 'it tells when its partition is read again',
    };
    for (const [name, reason] of Object.entries(pinned)) {
      expect(failure({ [name]: 'drop' })).toBe(`privacy.columns can't drop ${name}: ${reason}.`);
    }
    expect(failure({ 'docs.id': 'hash' })).toBe(`privacy.columns can't hash docs.id: it is part of the key.`);
  });

  it('are hashed where they are text or json, and with a key', () => {
    expect(failure({ 'docs.seen_at': 'hash' })).toBe(
      `privacy.columns can't hash docs.seen_at: its type is timestamp.`,
    );
    expect(() => compilePrivacy({ columns: { 'docs.seen_at': 'drop' } }, [docs])).not.toThrow();
    const withoutKey = (): unknown => compilePrivacy({ columns: { 'docs.owner': 'hash' } }, [docs]);
    expect(withoutKey).toThrow('privacy.columns hashes docs.owner, but there is no key to hash with.');
  });

  it('that tell a part of another follow it, and can be stricter alone', () => {
    const rulesOf = (columns: PrivacySettings['columns'], key?: string) =>
      compilePrivacy({ key, columns }, catalogue).of('members')?.rules;
    expect(rulesOf({ 'members.email': 'drop' }, KEY)).toEqual({ email: 'drop', email_domain: 'hash' });
    expect(rulesOf({ 'members.email': 'drop' })).toEqual({ email: 'drop', email_domain: 'drop' });
    expect(rulesOf({ 'members.email': 'hash', 'members.email_domain': 'drop' }, KEY)).toEqual({
      email: 'hash',
      email_domain: 'drop',
    });
    expect(() => compilePrivacy({ columns: { 'members.email_domain': 'drop' } }, catalogue)).toThrow(
      'privacy.columns hides members.email_domain, which is computed from other fields of the entry.',
    );
  });

  it('of the real streams can be named', () => {
    const columns = { 'members.email': 'hash', 'workbooks._raw.tags.name': 'drop' } as const;
    const privacy = compilePrivacy({ key: KEY, columns }, catalogue);
    // The domain follows the address.
    expect([...(privacy.of('members')?.columns.keys() ?? [])]).toEqual(['email', 'email_domain']);
    expect([...(privacy.of('workbooks')?.columns.keys() ?? [])]).toEqual(['tags']);
    expect(privacy.of('teams')).toBeUndefined();
  });
});

describe('a change', () => {
  const step = (
    before: Record<string, 'hash' | 'drop'>,
    after: Record<string, 'hash' | 'drop'>,
    keys: [string | undefined, string | undefined] = ['k1', 'k1'],
  ) => {
    const found = stepBetween({ rules: before, keyId: keys[0] }, after, keys[1]);
    return found && { tightened: found.tightened, reread: found.reread, keyId: found.result.keyId };
  };

  it('that is none asks for nothing', () => {
    expect(step({}, {})).toBeUndefined();
    expect(step({ a: 'hash', b: 'drop' }, { b: 'drop', a: 'hash' })).toBeUndefined();
    expect(step({ a: 'drop' }, { a: 'drop' }, ['k1', 'k2'])).toBeUndefined();
  });

  it('to stricter rules rewrites', () => {
    expect(step({}, { a: 'hash' }, [undefined, 'k1'])).toEqual({ tightened: ['a'], reread: [], keyId: 'k1' });
    expect(step({ a: 'hash' }, { a: 'drop', b: 'drop' })).toEqual({
      tightened: ['a', 'b'],
      reread: [],
      keyId: 'k1',
    });
  });

  it('to laxer rules reads again, and remembers whose hashes may be left', () => {
    expect(step({ a: 'hash', b: 'drop' }, {}, ['k1', undefined])).toEqual({
      tightened: [],
      reread: ['a', 'b'],
      keyId: 'k1',
    });
    expect(step({ a: 'drop' }, { a: 'hash' }, [undefined, 'k1'])).toEqual({
      tightened: [],
      reread: ['a'],
      keyId: 'k1',
    });
  });

  it('of the key does both', () => {
    expect(step({ a: 'hash' }, { a: 'hash' }, ['k1', 'k2'])).toEqual({
      tightened: ['a'],
      reread: ['a'],
      keyId: 'k2',
    });
    expect(step({}, { a: 'hash' }, ['k1', 'k2'])).toEqual({ tightened: ['a'], reread: ['a'], keyId: 'k2' });
    // Nothing of the old key is left, so there is none to remember.
    expect(step({ a: 'hash' }, {}, ['k1', 'k2'])).toEqual({ tightened: [], reread: ['a'], keyId: undefined });
  });
});

describe('the settings', () => {
  function load(yaml: string, env: NodeJS.ProcessEnv = {}, keyFile?: string) {
    const cwd = mkdtempSync(join(tmpdir(), 'privacy-'));
    try {
      mkdirSync(join(cwd, 'config'));
      writeFileSync(join(cwd, 'config/sigma-sync.yaml'), yaml);
      if (keyFile !== undefined) writeFileSync(join(cwd, 'key'), keyFile);
      return loadConfig({ cwd, env });
    } finally {
      rmSync(cwd, { recursive: true, force: true });
    }
  }

  it('keep the names of columns, read the key from its file and hide it', () => {
    const yaml = 'privacy:\n  columns:\n    members.first_name: drop\n    members.email: hash\n';
    const config = load(yaml, { SIGMA_SYNC_PRIVACY_KEY_FILE: 'key' }, ` ${KEY}\n`);
    expect(config.privacy).toEqual({
      key: KEY,
      columns: { 'members.first_name': 'drop', 'members.email': 'hash' },
    });
    expect(secrets(config)).toContain(KEY);
    const app = createApp({ config });
    expect(app.redact(`the key is ${KEY}`)).not.toContain(KEY);
    expect(app.privacy.of('members')?.rules).toEqual({
      email: 'hash',
      email_domain: 'hash',
      first_name: 'drop',
    });
  });

  it('refuse a key that is short, set twice or empty, and rules there are not', () => {
    const failureOf = (yaml: string, env: NodeJS.ProcessEnv, file?: string): string => {
      try {
        load(yaml, env, file);
      } catch (error) {
        if (error instanceof ConfigError) return error.message;
        throw error;
      }
      throw new Error('it was accepted');
    };
    expect(failureOf('', { SIGMA_SYNC_PRIVACY_KEY: 'fifteen letters' })).toBe(
      'SIGMA_SYNC_PRIVACY_KEY must be a key of at least 16 characters.',
    );
    expect(failureOf('privacy: {key_file: key}', {}, 'short')).toBe(
      'privacy.key_file must be a key of at least 16 characters.',
    );
    const both = { SIGMA_SYNC_PRIVACY_KEY: KEY, SIGMA_SYNC_PRIVACY_KEY_FILE: 'key' };
    expect(failureOf('', both)).toBe('SIGMA_SYNC_PRIVACY_KEY and SIGMA_SYNC_PRIVACY_KEY_FILE are both set.');
    expect(failureOf('', { SIGMA_SYNC_PRIVACY_KEY: '' })).toBe(
      'SIGMA_SYNC_PRIVACY_KEY must be text, not empty.',
    );
    expect(failureOf('privacy:\n  columns: {members.email: encrypt}\n', {})).toBe(
      'privacy.columns.members.email must be hash or drop for each column it names, not the text "encrypt" (config/sigma-sync.yaml line 2).',
    );
  });

  it('are summed up with what is kept in plain', () => {
    const columns = { 'docs.owner': 'hash', 'docs._raw.details.name': 'drop' } as const;
    expect(describePrivacy([docs, parts], compilePrivacy({ key: KEY, columns }, [docs]))).toBe(
      'kept in plain: docs (title); hashed: docs (owner); dropped: docs (_raw.details.name)',
    );
    expect(describePrivacy([parts], compilePrivacy({ columns: {} }, [parts]))).toBe(
      'kept in plain: nothing; hashed: nothing; dropped: nothing',
    );
  });
});
