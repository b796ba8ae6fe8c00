/** Emissions: a target that starts from nothing has our live rows after each of them. */
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { catalogue, withAncestors } from '../../src/extractors/catalogue.ts';
import { compilePrivacy } from '../../src/loaders/privacy/compile-privacy.ts';
import { emitChanges, type SentStream } from '../../src/operations/emit/emission.ts';
import { type EmissionState, parseState } from '../../src/operations/emit/emission-state.ts';
import { emittedTable } from '../../src/operations/emit/emitted-table.ts';
import { readLogEnd } from '../../src/operations/emit/plan-emission.ts';
import { singerFormat } from '../../src/operations/emit/singer.ts';
import { resetStream } from '../../src/state/reset-stream.ts';
import { runSync } from '../../src/sync/run-sync.ts';
import { type NaiveTarget, naiveTarget, wantedRows } from '../support/naive-target.ts';
import { type Rig, type RigOptions, startRig } from '../support/rig.ts';

const STREAMS = withAncestors(
  catalogue,
  new Set(['team_members', 'files', 'workbook_versions', 'workbook_columns', 'grants']),
);
const SLOW = { timeout: 300_000 };
const TABLES = STREAMS.map(emittedTable);
const ORGANIZATION = { seed: 5, workbooks: 14, reports: 2, members: 12, teams: 3, grants: 60, folders: 5 };

const start = (options: RigOptions = {}): Promise<Rig> =>
  startRig({ streams: STREAMS, organization: ORGANIZATION, ...options });

/** The lines of one emission, and what was sent. */
async function emission(
  rig: Rig,
  state: EmissionState | undefined,
  rules: Readonly<Record<string, unknown>> = {},
): Promise<{ lines: string[]; sent: readonly SentStream[] }> {
  const { database, schemas } = rig.test;
  const texts: string[] = [];
  const format = singerFormat(
    async (more) => void texts.push(more),
    () => new Date(0),
  );
  const { signal } = new AbortController();
  const request = { tables: TABLES, state, signal, rulesOf: (stream: string) => rules[stream] };
  const sent = await emitChanges({ database, schemas }, request, format);
  return { lines: texts.join('').split('\n').slice(0, -1), sent };
}

async function expectEqual(rig: Rig, target: NaiveTarget): Promise<void> {
  for (const stream of STREAMS)
    expect(target.rows(emittedTable(stream)), stream.name).toEqual(await wantedRows(rig, stream));
}

const fullOnes = (sent: readonly SentStream[]): (readonly [string, string | undefined])[] =>
  sent.filter(({ mode }) => mode === 'full').map(({ name, why }) => [name, why]);

const rowsOf = (sent: readonly SentStream[]): number => sent.reduce((sum, { rows }) => sum + rows, 0);

describe('an emission', () => {
  it('sends every row first, nothing when nothing changed, and then what changed', SLOW, async () => {
    await using rig = await start();
    const target = naiveTarget();
    await rig.sync();
    const first = await emission(rig, undefined);
    target.load(first.lines);
    await expectEqual(rig, target);
    expect(fullOnes(first.sent)).toHaveLength(STREAMS.length);
    expect(JSON.stringify(target.state).length).toBeLessThan(150 * STREAMS.length);

    const second = await emission(rig, target.state);
    expect([rowsOf(second.sent), fullOnes(second.sent)]).toEqual([0, []]);
    let changed = 0;
    for (let night = 0; night < 8; night++) {
      rig.simulator.organization.mutate(25);
      await rig.sync({ acceptDeletions: true });
      const { lines, sent } = await emission(rig, target.state);
      target.load(lines);
      await expectEqual(rig, target);
      expect(fullOnes(sent)).toEqual([]);
      changed += rowsOf(sent);
    }
    expect(changed).toBeGreaterThan(50);
    expect(changed).toBeLessThan(8 * rowsOf(first.sent));
  });

  it('that is cut off anywhere goes on from the last state seen, and loses nothing', SLOW, async () => {
    await using rig = await start();
    await rig.sync();
    const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(cuts, fc.integer({ min: 0, max: 30 }), async (places, changes) => {
        // Some targets keep the rows of old versions: what was deleted comes as deleted, too.
        const targets = [naiveTarget(), naiveTarget({ ignoresVersions: true })];
        for (const place of places) {
          for (const target of targets) {
            const { lines } = await emission(rig, target.state);
            target.load(lines.slice(0, Math.floor(place * lines.length)));
          }
          rig.simulator.organization.mutate(changes);
          await rig.sync({ acceptDeletions: true });
        }
        for (const target of targets) {
          target.load((await emission(rig, target.state)).lines);
          await expectEqual(rig, target);
        }
      }),
      { numRuns: 6 },
    );
  });

  it('sends a row as deleted that a first emission sent before it was cut off', async () => {
    await using rig = await start();
    await rig.sync();
    const target = naiveTarget({ ignoresVersions: true });
    const { lines } = await emission(rig, undefined);
    target.load(
      lines.slice(
        0,
        lines.findIndex((line) => /ACTIVATE.*"grants"/.test(line)),
      ),
    );
    await rig.test.database.session((session) =>
      session.query(
        `update sigma.grants set _deleted_at = now() where grant_id = (select min(grant_id) from sigma.grants)`,
      ),
    );
    const again = await emission(rig, target.state);
    expect(fullOnes(again.sent)[0]).toEqual(['grants', 'its first emission was cut off']);
    target.load(again.lines);
    await expectEqual(rig, target);
  });

  it('sends rows again whose object became known, though nothing changed', async () => {
    await using rig = await start();
    const target = naiveTarget();
    rig.simulator.faults.set({
      forbid: ['^/v2/files', '^/v2/workbooks', '^/v2/dataModels', '^/v2/datasets'],
    });
    await rig.run();
    target.load((await emission(rig, undefined)).lines);
    rig.simulator.faults.set({ forbid: [] });
    await rig.sync();
    target.load((await emission(rig, target.state)).lines);
    await expectEqual(rig, target);
    // The next one knows that all of them are sent.
    await rig.sync();
    expect(rowsOf((await emission(rig, target.state)).sent)).toBe(0);
  });

  it('sends all rows where the log can not say what changed, and says why', async () => {
    await using rig = await start();
    const target = naiveTarget();
    await rig.sync();
    target.load((await emission(rig, undefined)).lines);
    const { database, schemas } = rig.test;

    const grants = catalogue.find(({ name }) => name === 'grants');
    if (grants !== undefined) await resetStream(database, schemas, grants);
    const afterReset = await emission(rig, target.state);
    expect(fullOnes(afterReset.sent)).toEqual([['grants', 'all its rows were rewritten or reset']]);
    target.load(afterReset.lines);
    await expectEqual(rig, target);

    const privacy = compilePrivacy({ columns: { 'members.email': 'drop' } }, catalogue);
    const options = { streams: STREAMS, full: false, acceptDeletions: false };
    await runSync({ ...rig.engine, privacy }, { ...options, signal: new AbortController().signal });
    const hidden = await emission(rig, target.state, { members: privacy.of('members')?.rules });
    expect(fullOnes(hidden.sent)).toEqual([['members', 'its columns or privacy settings changed']]);
    target.load(hidden.lines);
    await expectEqual(rig, target);
    const members = TABLES.filter(({ name }) => name === 'members').flatMap((table) => target.rows(table));
    expect(members.length).toBeGreaterThan(5);
    expect(members.join()).not.toContain('@');
  });

  it('sends all rows where the state is of another database, of its future, or of before a gap', async () => {
    await using rig = await start();
    const target = naiveTarget();
    await rig.sync();
    target.load((await emission(rig, undefined)).lines);
    const state = target.state;
    if (state === undefined) throw new Error('no state');
    const whyWith = async (changed: EmissionState): Promise<Set<string | undefined>> =>
      new Set((await emission(rig, changed)).sent.map(({ why }) => why));
    expect(await whyWith({ ...state, database: 'another' })).toEqual(
      new Set(['the state is of another database']),
    );
    const every = (change: object): EmissionState => ({
      ...state,
      streams: Object.fromEntries(
        Object.entries(state.streams).map(([name, one]) => [name, { ...one, ...change }]),
      ),
    });
    expect(await whyWith(every({ position: '900000000' }))).toEqual(
      new Set(['the state is ahead of the database, which was restored']),
    );
    expect(await whyWith(every({ since: 1 }))).toEqual(new Set(['the change log has a gap']));
    await rig.test.database.session((session) => session.query('delete from sigma_sync.history'));
    expect(await whyWith(state)).toEqual(new Set(['the change log has no complete history of it']));
  });
});

it('waits for transactions that have a place in the log already', async () => {
  await using rig = await start();
  await rig.sync();
  const { database, schemas } = rig.test;
  // The embedded database has one connection, and so no writer beside the emission.
  if (database.kind === 'pglite') return;
  const held = Promise.withResolvers<void>();
  const placed = Promise.withResolvers<bigint>();
  const writer = database.transaction(async (session) => {
    const [row] = await session.query<{ id: string }>(
      `insert into sigma_sync.changes (changed_at, run_id, stream, key, operation)
       values (now(), 'r', 'grants', array['x'], 'delete') returning change_id::text as id`,
    );
    placed.resolve(BigInt(row?.id ?? 0));
    await held.promise;
  });
  const place = await placed.promise;
  let isRead = false;
  const end = readLogEnd(database, schemas).finally(() => {
    isRead = true;
  });
  await sleep(300);
  expect(isRead).toBe(false);
  held.resolve();
  await writer;
  expect((await end).position).toBeGreaterThanOrEqual(place);
});

describe('a state', () => {
  it('is read as it was written, and an empty one is none', () => {
    const one = { position: '7', at: 1, since: 1, shape: 'abc', version: 3 };
    const state = { database: 'd', streams: { grants: one } };
    expect(parseState(JSON.stringify(state), 'it')).toEqual(state);
    expect(parseState('{}', 'it')).toBeUndefined();
  });

  it.each([
    ['not JSON', 'nothing'],
    ['{"bookmarks": {}}', 'database'],
    ['{"database": "d", "streams": {"grants": {"position": -1}}}', 'streams.grants.position'],
    ['[]', 'the document'],
    ['null', 'the document'],
  ])('%s is refused', (text, named) => {
    expect(() => parseState(text, '--state x')).toThrow(
      named === 'nothing' ? '--state x is not JSON.' : `--state x is not a state of emit: ${named}`,
    );
  });
});
