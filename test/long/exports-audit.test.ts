/**
 * The audit log, night by night: Sigma keeps 30 days of it, events arrive up to two hours late, and whatever fails or
 * dies in between, the table has all of history.
 */
import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../simulator/exports/audit-log.ts';
import { Random } from '../../simulator/store/random.ts';
import { runExports } from '../../src/exports/run-exports.ts';
import { type AuditRig, DAY, HOUR, startAuditRig } from '../support/audit-rig.ts';
import { mortal, POINTS } from '../support/mortal.ts';

const NIGHTS = 60;
/** Nobody ran anything then. */
const OUTAGE = { from: 40, to: 45 };
const CHANGED_AFTER = 30 * DAY;

describe.each([
  { mode: 'merge', key: ['Event ID'], seed: 11 },
  { mode: 'append', key: [], seed: 12 },
] as const)('60 nights of the audit log in mode $mode', ({ mode, key, seed }) => {
  it('leave every event in the table, and reading any of it again changes nothing', async () => {
    await using rig = await startAuditRig({
      organization: { seed },
      audit: (begin) => ({
        perDay: 24,
        lateShare: 0.3,
        duplicates: 0.1,
        changes: [
          { at: begin + CHANGED_AFTER, rename: 'User Email', to: 'User E-Mail' },
          { at: begin + CHANGED_AFTER, add: 'Client' },
        ],
      }),
    });
    const random = new Random(seed, 'nights');
    const definition = rig.definition({ mode, key });
    const dying = mortal(rig.engine);
    const run = (): ReturnType<typeof runExports> =>
      runExports(dying.engine, { exports: [definition], signal: new AbortController().signal });
    const ends = { failed: 0, vanished: 0 };
    const changedAt = rig.begin.getTime() + CHANGED_AFTER;
    /** Reading progress at the change of the columns. */
    let before: Reading | undefined;

    for (let night = 0; night < NIGHTS; night++) {
      const next = rig.begin.getTime() + night * DAY + random.below(3 * HOUR);
      if (night > 0) rig.advance(next - rig.now());
      if (rig.now() >= changedAt) before ??= await readingOf(rig);
      if (night >= OUTAGE.from && night < OUTAGE.to) continue;
      // The last night must end well, or what was to come in it would be missing.
      const ending = night < NIGHTS - 1 && random.next() < 0.5;
      const vanish = random.next() < 0.5;
      if (ending) dying.end(random.pick(POINTS), 1 + random.below(3), vanish);
      const earlier = night === 0 ? new Date(0) : await watermarkOf(rig);
      const { report } = await run();
      const after = await watermarkOf(rig);
      if (dying.revive()) {
        ends[vanish ? 'vanished' : 'failed']++;
        const [row] = await rig.query('select status from sigma_sync.runs where run_id = $1', [report.runId]);
        expect(row).toEqual({ status: vanish ? 'running' : 'failed' });
        expect(after.getTime()).toBeGreaterThanOrEqual(earlier.getTime());
        // Half of the time somebody notices at once.
        if (random.next() < 0.5) continue;
        expect((await run()).report.status).toBe('complete');
      } else expect(report.exports[0]?.error).toBeUndefined();
      expect(await watermarkOf(rig)).toEqual(new Date(rig.now()));
    }
    expect(ends.failed).toBeGreaterThan(5);
    expect(ends.vanished).toBeGreaterThan(5);
    const [unfinished] = await rig.query(
      `select count(*)::int as n from sigma_sync.runs where status = 'running'`,
    );
    expect(unfinished).toEqual({ n: 0 });

    const events = rig.events();
    expect(events.length).toBeGreaterThan(85 * 24);
    const rows = await rowsOf(rig);
    const copies = (event: AuditEvent): number => (mode === 'merge' ? 1 : event.copies);
    expect(rows.map(({ id }) => id)).toEqual(
      events.flatMap((event) => Array(copies(event)).fill(event.id)).toSorted(),
    );
    const byId = new Map(events.map((event) => [event.id, event]));
    const problems = rows.flatMap((row) => {
      const event = byId.get(row.id);
      if (event === undefined || before === undefined) return [row.id];
      return flawsOf(row, event, mode, changedAt, before);
    });
    expect(problems).toEqual([]);
    await expect(missing(rig)).resolves.toEqual(['user_email']);

    const table = await tableOf(rig);
    for (let again = 0; again < 8; again++) {
      const from = rig.start.getTime() + random.below(rig.now() - rig.start.getTime());
      const to = Math.min(from + random.below(5 * DAY), rig.now());
      const range = again === 0 ? { from: rig.start } : { from: new Date(from), to: new Date(to) };
      const { inserted, updated, deleted } = await rig.load(definition, range);
      expect({ inserted, updated, deleted }).toEqual({ inserted: 0, updated: 0, deleted: 0 });
    }
    // Up to a time that is still to come: what happens until then must be read by later runs.
    await rig.load(definition, { to: new Date(rig.now() + 10 * DAY) });
    expect(await tableOf(rig)).toBe(table);
    expect(await watermarkOf(rig)).toEqual(new Date(rig.now()));
  }, 120_000);
});

it('a run that failed stops asking for the windows it had begun', async () => {
  await using rig = await startAuditRig({ exportJob: { polls: 1_000_000 } });
  const dying = mortal(rig.engine);
  dying.end('asking', 1, false);
  const options = { exports: [rig.definition()], signal: new AbortController().signal };
  const { report } = await runExports(dying.engine, options);
  expect(report.exports[0]?.status).toBe('failed');
  const asked = (): number => rig.simulator.counters.endpoints.get('GET /v2/query/{queryId}/download') ?? 0;
  await setTimeout(50);
  const before = asked();
  await setTimeout(250);
  expect(asked()).toBe(before);
});

interface Row extends Record<string, unknown> {
  readonly id: string;
  readonly createdAt: Date;
  readonly oldEmail: string | null;
  readonly newEmail: string | null;
  readonly client: string | null;
  readonly cells: readonly unknown[];
  readonly details: unknown;
}

function rowsOf(rig: AuditRig): Promise<Row[]> {
  return rig.query<Row>(
    `select event_id as id, created_at as "createdAt", user_email as "oldEmail", user_e_mail as "newEmail", client,
            jsonb_build_array(event_type, event_status, event_status_reason_code, object_id, object_name, duration) as cells,
            details
       from sigma_data.audit_events order by event_id collate "C"`,
  );
}

const CELLS = [
  'Event Type',
  'Event Status',
  'Event Status Reason Code',
  'Object ID',
  'Object Name',
  'Duration',
];

/** The faults of a row; nothing, when all is well. */
function flawsOf(
  row: Row,
  { id, createdAt, arrivesAt, cells }: AuditEvent,
  mode: 'merge' | 'append',
  changedAt: number,
  { watermark, windows }: Reading,
): string[] {
  const flaws: string[] = [];
  const check = (what: string, isRight: boolean): void => {
    if (!isRight)
      flaws.push(`${what} of ${id} at ${new Date(createdAt).toISOString()}: ${JSON.stringify(row)}`);
  };
  check('the time', row.createdAt.getTime() === createdAt);
  // A CSV has no empty texts, and what is JSON throughout is stored as such.
  const parsed = cells['Details'] === '' ? null : JSON.parse(String(cells['Details']));
  const expected = [...CELLS.map((label) => cells[label]), parsed];
  check('a value', isDeepStrictEqual([...row.cells, row.details], expected));

  const email = cells['User Email'];
  // Controls know seconds: a merge takes what they give, an appended window has its very limits.
  const isWithin = (from: number, to: number): boolean =>
    mode === 'append'
      ? createdAt >= from && createdAt < to
      : createdAt >= Math.floor(from / 1000) * 1000 && createdAt <= Math.ceil(to / 1000) * 1000;
  const wasRead = windows.some(({ from, to, at }) => isWithin(from, to) && arrivesAt <= at);
  const isReadAgain = isWithin(watermark - 3 * HOUR, Number.POSITIVE_INFINITY);
  check('the column that is gone', row.oldEmail === (wasRead ? email : null));
  const hasNew = mode === 'merge' ? isReadAgain : !wasRead;
  check('the column in its place', row.newEmail === (hasNew ? email : null));
  check('the added column', row.client === (createdAt >= changedAt ? `Client of ${id.slice(0, 8)}` : null));
  return flaws;
}

/** Reading progress at some time. */
interface Reading {
  readonly watermark: number;
  readonly windows: readonly { readonly from: number; readonly to: number; readonly at: number }[];
}

async function readingOf(rig: AuditRig): Promise<Reading> {
  const windows = await rig.query<{ from: Date; to: Date; at: Date }>(
    'select window_from as "from", window_to as "to", loaded_at as at from sigma_sync.export_windows',
  );
  return {
    watermark: (await watermarkOf(rig)).getTime(),
    windows: windows.map(({ from, to, at }) => ({
      from: from.getTime(),
      to: to.getTime(),
      at: at.getTime(),
    })),
  };
}

async function missing(rig: AuditRig): Promise<string[]> {
  const rows = await rig.query<{ name: string }>(
    'select column_name as name from sigma_sync.export_columns where missing_since is not null',
  );
  return rows.map(({ name }) => name);
}

/** Every row of the table with all of its columns, bookkeeping included. */
async function tableOf(rig: AuditRig): Promise<string> {
  const [row] = await rig.query<{ text: string }>(
    `select string_agg(t::text, E'\\n' order by t::text) as text from sigma_data.audit_events t`,
  );
  return row?.text ?? '';
}

async function watermarkOf(rig: AuditRig): Promise<Date> {
  const [row] = await rig.query<{ watermark: Date | null }>('select watermark from sigma_sync.exports');
  return row?.watermark ?? new Date(0);
}
