/** Columns of exports that are hashed or dropped: from the first load on, and after the fact. */
import { describe, expect, it } from 'vitest';
import { EventBus } from '../../src/core/events/bus.ts';
import type { ExportDefinition } from '../../src/exports/decide/definition.ts';
import { checkHidden } from '../../src/exports/decide/hidden-columns.ts';
import { hideInExports, pendingExports } from '../../src/exports/write/hide-stored.ts';
import { hasher, keyIdOf } from '../../src/loaders/privacy/mask.ts';
import { definitionOf } from '../support/export-definition.ts';
import { type ExportRig, startExportRig } from '../support/export-rig.ts';
import { exportSteps } from '../support/export-steps.ts';

const KEY = 'a key of the privacy tests';
const hash = hasher(KEY);
const SHOWN = {
  columns: ['Id', 'User Email', 'Amount', 'Note'],
  rows: [
    ['1', 'ann@example.org', '1,200.50', 'canary'],
    ['2', 'Böb@example.org', '7', ''],
    ['3', '', '8', 'canary, "quoted"'],
    ['4', 'ann@example.org', '9', 'canary'],
  ],
};
const HIDE = { 'User Email': 'hash', note: 'drop' } as const;
const HIDDEN = [
  [1, hash('ann@example.org'), 1200.5, null],
  [2, hash('Böb@example.org'), 7, null],
  [3, null, 8, null],
  [4, hash('ann@example.org'), 9, null],
];

const start = (): Promise<ExportRig> => startExportRig({ engine: { hash } });

/** Everything that is stored of exports, with the statistics. */
async function dump(rig: ExportRig): Promise<string> {
  const tables = await rig.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('sigma_data', 'sigma_sync')`,
  );
  const texts: string[] = [];
  for (const { name } of [...tables, { name: 'pg_stats' }]) {
    const where = name === 'pg_stats' ? `where schemaname in ('sigma_data', 'sigma_sync')` : '';
    const rows = await rig.query<{ text: string }>(
      `select to_jsonb(t)::text as text from ${name} t ${where}`,
    );
    texts.push(...rows.map(({ text }) => text));
  }
  return texts.join('\n');
}

const PLAIN = /@example\.org|canary/;

it.each(['csv', 'jsonl'] as const)('are never stored in plain, from a %s', async (format) => {
  await using rig = await start();
  const steps = exportSteps(rig, 'people', { format, hide: HIDE });
  await steps.load(SHOWN);
  const shown = (await steps.rows()).map(([, email, , note]) => [email, note]);
  // JSON tells the empty text from none.
  const third = format === 'jsonl' ? hash('') : null;
  expect(shown).toEqual(HIDDEN.map(([, email, , note], i) => [i === 2 ? third : email, note]));
  if (format === 'csv') expect(await steps.types()).toMatchObject({ id: 'bigint', amount: 'numeric' });
  expect(await dump(rig)).not.toMatch(PLAIN);
});

it('may be the key of a merge', async () => {
  await using rig = await start();
  const settings = { mode: 'merge', key: ['User Email'], hide: { 'User Email': 'hash' } } as const;
  const steps = exportSteps(rig, 'people', settings);
  const rows = [
    ['ann@example.org', '1'],
    ['bob@example.org', '2'],
  ];
  const columns = ['User Email', 'Amount'];
  await steps.load({ columns, rows });
  const report = await steps.load({
    columns,
    rows: [
      ['ann@example.org', '3'],
      ['bob@example.org', '2'],
    ],
  });
  expect(report).toMatchObject({ inserted: 0, updated: 1, unchanged: 1 });
});

it('that no export has hide nothing, so nothing is loaded', async () => {
  await using rig = await start();
  const steps = exportSteps(rig, 'people', { hide: { 'User Mail': 'hash' } });
  const report = await steps.load(SHOWN, { status: 'failed' });
  expect(report.error).toContain(
    'exports.people.hide names the column "User Mail", which the export does not have.',
  );
});

describe('rules that come after the data', () => {
  const contextOf = (rig: ExportRig, exports: readonly ExportDefinition[], key = KEY) => {
    const { database, schemas } = rig.test;
    return {
      database,
      schemas,
      exportsSchema: 'sigma_data',
      exports,
      hash: hasher(key),
      keyId: keyIdOf(key),
    };
  };

  it('rewrite what is stored, and its statistics', async () => {
    await using rig = await start();
    const steps = exportSteps(rig, 'people');
    await steps.load(SHOWN);
    await rig.query('analyze sigma_data.people');
    expect(await dump(rig)).toMatch(PLAIN);
    const context = contextOf(rig, [steps.definition(SHOWN, { hide: HIDE })]);
    expect((await pendingExports(context)).map(({ step }) => step.tightened)).toEqual([
      ['User Email', 'note'],
    ]);
    await hideInExports(context, new EventBus());
    expect(await steps.rows()).toEqual(HIDDEN);
    expect(await dump(rig)).not.toMatch(PLAIN);
    expect(await pendingExports(context)).toEqual([]);
    // The loaded values equal the stored ones, so an append finds nothing new.
    await steps.load(SHOWN, { hide: HIDE });
    expect(await steps.rows()).toEqual(HIDDEN);
  });

  it('leave no hash of another key', async () => {
    await using rig = await start();
    const steps = exportSteps(rig, 'people', { hide: HIDE });
    const definition = steps.definition(SHOWN);
    await hideInExports(contextOf(rig, [definition]), new EventBus());
    await steps.load(SHOWN);
    await hideInExports(contextOf(rig, [definition], 'another key of the tests'), new EventBus());
    expect((await steps.rows()).map(([, mail]) => mail)).toEqual([null, null, null, null]);
    const keyed = { ...definition, mode: 'merge', key: ['User Email'] } as const;
    await steps.load(SHOWN);
    await expect(hideInExports(contextOf(rig, [keyed]), new EventBus())).rejects.toThrow(
      'identifies its rows by hashes of the old key (User Email)',
    );
  });

  it('hash numbers as their text', async () => {
    await using rig = await start();
    const steps = exportSteps(rig, 'people');
    await steps.load(SHOWN);
    await hideInExports(contextOf(rig, [steps.definition(SHOWN, { hide: { Id: 'hash' } })]), new EventBus());
    expect((await steps.rows()).map(([id]) => id)).toEqual(['1', '2', '3', '4'].map((id) => hash(id)));
    await steps.load(SHOWN, { hide: { Id: 'hash' } });
    expect((await steps.types())['id']).toBe('text');
  });
});

it('are refused where loading needs their values', () => {
  const place = { workbookId: 'w', elementId: 'e' };
  const window = { column: 'At', control: 'c', start: new Date(), stepMs: 60_000, lookbackMs: 0 };
  const refused = (changes: Partial<ExportDefinition>, hasKey = true) => {
    const definition = definitionOf(place, {
      name: 'people',
      mode: 'append',
      window,
      key: ['Id'],
      ...changes,
    });
    return expect(() => checkHidden([definition], hasKey));
  };
  refused({ hide: { At: 'hash' } }).toThrow(`exports.people.hide can't hash "At": the window uses it.`);
  refused({ hide: { Id: 'drop' } }).toThrow(`exports.people.hide can't drop "Id": it is part of the key.`);
  refused({ hide: { Id: 'hash' } }, false).toThrow('but there is no key to hash with.');
  refused({ hide: { N: 'hash' }, types: { N: 'numeric' } }).toThrow('its declared type is numeric.');
  refused({ hide: { Id: 'hash', N: 'drop' } }).not.toThrow();
});
