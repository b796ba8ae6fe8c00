/**
 * Random histories of an organization and of the runs over it: changes, faults, lost permissions, stops, crashes and
 * backfills in any order. They always end with the truth, with no false tombstone on the way, and with a change log
 * that replays to the same tables. `HISTORIES` sets how many are tried.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FAULT_KINDS } from '../../simulator/http/faults.ts';
import type { Database } from '../../src/core/database/database.ts';
import { ConfigError, DatabaseError } from '../../src/core/errors.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import type { SyncResult } from '../../src/sync/run-sync.ts';
import type { SyncEngine, SyncOptions } from '../../src/sync/sync-engine.ts';
import { replayDifferences } from '../support/replay.ts';
import { type Rig, startRig } from '../support/rig.ts';
import { runThrough } from '../support/through.ts';

const HISTORIES = Number(process.env['HISTORIES'] ?? 3);
const ORGANIZATION = { workbooks: 14, members: 8, teams: 3, grants: 40, workspaces: 3, folders: 5 };
/** A shifting listing changes the organization in the middle of a run: its own tests judge that. */
const KINDS = FAULT_KINDS.filter((kind) => !['shift', 'slow', 'expired-token'].includes(kind));
const DAY = 86_400_000;

type Step =
  | { readonly do: 'mutate'; readonly count: number }
  | { readonly do: 'faults'; readonly rate: number; readonly seed: number }
  | { readonly do: 'permissions'; readonly lost: number }
  | { readonly do: 'wait'; readonly days: number }
  | {
      readonly do: 'sync' | 'backfill';
      readonly full: boolean;
      readonly end: End;
      readonly accept?: boolean;
    };
/** The end of a run: by itself, by a stop of the user, or by a crash at one of its commits. */
type End = { readonly at: 'end' } | { readonly at: 'stop' | 'crash'; readonly after: number };

const ends: fc.Arbitrary<End> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<End>({ at: 'end' }) },
  {
    weight: 2,
    arbitrary: fc.record({ at: fc.constantFrom('stop', 'crash'), after: fc.integer({ min: 1, max: 40 }) }),
  },
);
const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('mutate'), count: fc.integer({ min: 1, max: 40 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('faults'),
      rate: fc.constantFrom(0, 0.05, 0.15),
      seed: fc.integer({ min: 1, max: 1000 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('permissions'), lost: fc.constantFrom(0, 0, 0.2, 0.8) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait'), days: fc.constantFrom(0.3, 1, 9) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom('sync', 'sync', 'sync', 'backfill'),
      full: fc.boolean(),
      end: ends,
    }),
  },
);

/** A run that may be stopped, or may crash, at its n-th transaction. */
function runOf(rig: Rig, step: Extract<Step, { full: boolean }>, days: number): Promise<SyncResult> {
  const stop = new AbortController();
  const { end } = step;
  let transactions = 0;
  const database: Database = {
    ...rig.test.database,
    transaction: async (work) => {
      transactions++;
      if (end.at === 'stop' && transactions === end.after) stop.abort();
      if (end.at === 'crash' && transactions >= end.after) throw new DatabaseError('It crashed.');
      return rig.test.database.transaction(work);
    },
  };
  const engine: Partial<SyncEngine> = {
    database,
    now: () => new Date(Date.now() + days * DAY),
    refreshMs: () => 7 * DAY,
  };
  const options: Partial<SyncOptions> =
    step.do === 'backfill'
      ? { command: 'backfill', full: true, resume: step.full, signal: stop.signal }
      : { full: step.full, signal: stop.signal, acceptDeletions: step.accept === true };
  return runThrough(rig, (_, next) => next(), options, engine);
}

/** Rows that this run marked as deleted although they are there. */
async function falseTombstones(rig: Rig, runId: string): Promise<string[]> {
  const found: string[] = [];
  const rows = await rig.test.database.session((session) =>
    session.query<{ stream: string; key: string[] }>(
      `select stream, key from sigma_sync.changes where operation = 'delete' and run_id = $1`,
      [runId],
    ),
  );
  for (const name of new Set(rows.map(({ stream }) => stream))) {
    const stream = rig.engine.catalogue.find((candidate) => candidate.name === name);
    if (stream === undefined) throw new Error(`no stream ${name}`);
    const alive = new Set<string>();
    const sources = stream.key.map(
      (key) => stream.columns.find((column) => column.name === key)?.source ?? '',
    );
    for (const entry of rig.simulator.organization.truthOf(name))
      alive.add(sources.map((source) => String(entry[source])).join('/'));
    for (const row of rows)
      if (row.stream === name && alive.has(row.key.join('/'))) found.push(`${name} ${row.key.join('/')}`);
  }
  return found;
}

async function live(seed: number, history: readonly Step[]): Promise<void> {
  await using rig = await startRig({
    streams: catalogue,
    organization: { ...ORGANIZATION, seed },
    pageSize: 25,
  });
  const { organization, faults } = rig.simulator;
  let days = 0;
  for (const step of history) {
    if (step.do === 'mutate') organization.mutate(step.count);
    else if (step.do === 'permissions') faults.set({ permissionLoss: step.lost });
    else if (step.do === 'wait') days += step.days;
    else if (step.do === 'faults') {
      faults.clear();
      if (step.rate > 0)
        faults.inject({ kinds: [...KINDS], rate: step.rate, seed: step.seed, retryAfterS: 0 });
    } else {
      // A crash may come before the run is written down, and there may be no backfill to resume.
      const result = await runOf(rig, step, days).catch((error: unknown) => {
        if (!(error instanceof DatabaseError || error instanceof ConfigError)) throw error;
      });
      if (result !== undefined) expect(await falseTombstones(rig, result.report.runId)).toEqual([]);
    }
  }
  faults.clear();
  // A doubtful entry is asked about again by the next run; one without a signal comes round within a week.
  for (const later of [8, 16]) {
    // In so small an organization a few changes are many to the deletion guard.
    const end: Step = { do: 'sync', full: false, end: { at: 'end' }, accept: true };
    const { report, error } = await runOf(rig, end, days + later);
    expect(error).toBeUndefined();
    expect(report.streams.filter(({ status }) => status !== 'complete')).toEqual([]);
  }
  expect(await rig.differences()).toEqual([]);
  expect(await replayDifferences(rig.test.database, rig.test.schemas, rig.engine.catalogue)).toEqual([]);
}

it(`${HISTORIES} random histories end with the truth`, { timeout: 60_000 * HISTORIES }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 1e6 }),
      fc.array(steps, { minLength: 4, maxLength: 12 }),
      live,
    ),
    { numRuns: HISTORIES, endOnFailure: true },
  );
});
