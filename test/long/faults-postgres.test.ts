/** The engine against an API that misbehaves. */
import { describe, expect, it } from 'vitest';
import { FAULT_KINDS, type FaultKind } from '../../simulator/http/faults.ts';
import { AuthError, NetworkError } from '../../src/core/errors.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { EXIT_CODES } from '../../src/sync/run-sync.ts';
import { type Rig, startRig, streamOf, totalOf } from '../support/rig.ts';

const ORGANIZATION = { seed: 21, workbooks: 150, members: 60, teams: 10, grants: 800 };
const SMALL = { seed: 22, workbooks: 60, members: 30, teams: 6, grants: 300 };
/** Faults that leave the organization as it is. */
const HARMLESS = FAULT_KINDS.filter((kind) => kind !== 'shift');
/** An HTTP date has whole seconds, so a 429 of that kind holds the lane for up to one; few requests have a next page. */
const RATES: Readonly<Partial<Record<FaultKind, number>>> = { '429-retry-after': 0.03, 'repeat-token': 0.5 };
/** Pages small enough that listings have several. */
const SMALL_PAGES = 40;

function spoil(rig: Rig, kinds: readonly FaultKind[], rate: number, seed: number): void {
  rig.simulator.faults.inject({ kinds: [...kinds], rate, seed, retryAfterS: 0, slowMs: 30 });
}

describe('a tenth of all requests failing', () => {
  it.each(HARMLESS)('with %s gives the tables of a clean run', async (kind) => {
    // A token expires only after a second and twenty requests; that takes a slower API.
    const latencyMs = kind === 'expired-token' ? 100 : 0;
    await using rig = await startRig({ organization: SMALL, pageSize: SMALL_PAGES, latencyMs });
    spoil(rig, [kind], RATES[kind] ?? 0.1, 3);
    await rig.sync();
    expect(rig.simulator.counters.faults.get(kind) ?? 0).toBeGreaterThan(0);
    expect(await rig.differences()).toEqual([]);
    expect(rig.simulator.counters.tokenRateViolations).toBe(0);
  });

  it.each([1, 2])('in every way at once, seed %i, gives the tables of a clean run', async (seed) => {
    await using rig = await startRig({
      streams: catalogue,
      organization: { ...SMALL, workbooks: 25, seed },
      pageSize: SMALL_PAGES,
    });
    spoil(rig, HARMLESS, 0.1, seed);
    await rig.sync();
    expect(await rig.differences()).toEqual([]);
    const requests = rig.simulator.counters.requests;
    await rig.sync({ full: true });
    expect(await rig.differences()).toEqual([]);
    // Nothing runs in circles: a second whole run costs about as much as the first.
    expect(rig.simulator.counters.requests - requests).toBeLessThan(requests * 1.2);
    expect(rig.simulator.counters.tokenRateViolations).toBe(0);
  });
});

describe('a listing that shifts while it is read', () => {
  it.each([5, 6])('leads to no false tombstone, seed %i', async (seed) => {
    await using rig = await startRig({ organization: { ...ORGANIZATION, seed }, pageSize: 20 });
    await rig.sync();
    for (let night = 0; night < 4; night++) {
      spoil(rig, ['shift'], 0.3, seed + night);
      const { error } = await rig.run();
      expect(error).toBeUndefined();
      rig.simulator.faults.clear();
      expect(await falseTombstones(rig), `night ${night}`).toEqual([]);
    }
    await rig.sync();
    expect(await rig.differences()).toEqual([]);
  });
});

describe('lost permissions', () => {
  it('on a few workbooks are no deletions', async () => {
    await using rig = await startRig({ organization: ORGANIZATION });
    await rig.sync();
    rig.simulator.faults.set({ permissionLoss: 0.1 });
    const report = await rig.sync();
    expect(totalOf(report, 'deleted')).toBe(0);
    await rig.sync();
    rig.simulator.faults.set({ permissionLoss: 0 });
    await rig.sync();
    expect(await rig.differences()).toEqual([]);
  });

  it('on most of them stop at the guard, which says what to do', async () => {
    await using rig = await startRig({ organization: ORGANIZATION });
    await rig.sync();
    rig.simulator.faults.set({ permissionLoss: 0.7 });
    const { report } = await rig.run();
    expect(report.status).toBe('failed');
    const workbooks = streamOf(report, 'workbooks');
    expect(workbooks).toMatchObject({ status: 'deletion_guard', deleted: 0 });
    expect(workbooks.error).toContain('sigma-sync sync workbooks --accept-deletions');
    expect(streamOf(report, 'members').status).toBe('complete');
    rig.simulator.faults.set({ permissionLoss: 0 });
    await rig.sync();
    expect(await rig.differences()).toEqual([]);
  });

  it('are no deletions either where deletions are accepted', async () => {
    await using rig = await startRig({ organization: ORGANIZATION });
    await rig.sync();
    rig.simulator.faults.set({ permissionLoss: 0.7 });
    const { report } = await rig.run({ acceptDeletions: true });
    expect(totalOf(report, 'deleted')).toBe(0);
    rig.simulator.faults.clear();
    await rig.sync();
    expect(await rig.differences()).toEqual([]);
  });

  it('are told from deletions by whoever knows', async () => {
    await using rig = await startRig({ organization: ORGANIZATION });
    await rig.sync();
    const { organization } = rig.simulator;
    for (let i = 0; i < 70; i++) organization.deleteWorkbook();
    expect((await rig.run()).report.status).toBe('failed');
    expect(streamOf(await rig.sync({ acceptDeletions: true }), 'workbooks').deleted).toBeGreaterThanOrEqual(
      70,
    );
    expect(await rig.differences()).toEqual([]);
  });
});

describe('a child that can not be read', () => {
  it('does not stop the others, is reported, and is read by the next run', async () => {
    await using rig = await startRig({ organization: ORGANIZATION });
    const [sick] = rig.simulator.organization.workbooks.list
      .toArray()
      .filter((w) => !w.archived && !w.exploration);
    const path = `/v2/workbooks/${sick?.id}/pages`;
    rig.simulator.faults.set({ forbid: [path] });
    const { report, error } = await rig.run();
    expect(error).toBeUndefined();
    expect(EXIT_CODES[report.status]).toBe(3);
    expect(streamOf(report, 'workbook_pages')).toMatchObject({ status: 'partial', partitionsFailed: 1 });
    expect(streamOf(report, 'workbook_pages').error).toContain('403');
    const failed = await rig.test.database.session((session) =>
      session.query<{ partition: string; request_id: string | null; attempts: number }>(
        `select partition, request_id, attempts from sigma_sync.partitions where status = 'failed' and stream = 'workbook_pages'`,
      ),
    );
    expect(failed).toEqual([{ partition: sick?.id, request_id: expect.any(String), attempts: 1 }]);

    rig.simulator.faults.clear();
    rig.requests();
    const next = await rig.sync();
    expect(streamOf(next, 'workbook_pages').partitions).toBe(1);
    expect(rig.requests()['GET /v2/workbooks/{workbookId}/pages']).toBe(1);
    expect(await rig.differences()).toEqual([]);
  });

  it('because its parent was deleted meanwhile is no failure', async () => {
    await using rig = await startRig({ organization: { ...ORGANIZATION, workbooks: 60 } });
    let deleted: string | undefined;
    rig.events.on('stream.planned', ({ stream }) => {
      if (stream === 'workbook_pages') deleted ??= rig.simulator.organization.deleteWorkbook();
    });
    await rig.sync();
    expect(deleted).toBeDefined();
    await rig.sync();
    expect(await rig.differences()).toEqual([]);
  });
});

describe('a parent that can not be listed', () => {
  it('leaves its children partial, however fresh the rest is', async () => {
    await using rig = await startRig({ organization: ORGANIZATION });
    await rig.sync();
    rig.simulator.organization.publishVersion();
    rig.simulator.faults.set({ forbid: ['/v2/workbooks'] });
    const { report } = await rig.run();
    const statuses = [
      'workbooks',
      'workbook_pages',
      'workbook_elements',
      'members',
      'team_members',
      'grants',
    ];
    expect(statuses.map((name) => streamOf(report, name).status)).toEqual([
      'failed',
      'partial',
      'partial',
      'complete',
      'complete',
      'complete',
    ]);
    rig.simulator.faults.clear();
    await rig.sync();
    expect(await rig.differences()).toEqual([]);
  });
});

describe('an API that is gone', () => {
  it('ends the run with what was loaded kept', async () => {
    await using rig = await startRig({ organization: { ...ORGANIZATION, workbooks: 60 } });
    const stop = rig.events.on('stream.planned', ({ stream }) => {
      if (stream === 'workbook_pages') rig.simulator.faults.set({ down: true });
    });
    const { report, error } = await rig.run();
    stop();
    expect(report.status).toBe('failed');
    expect(error).toBeInstanceOf(NetworkError);
    expect(streamOf(report, 'workbooks').status).toBe('complete');
    rig.simulator.faults.clear();
    await rig.sync();
    expect(await rig.differences()).toEqual([]);
  });

  it('that refuses every token ends the run at once', async () => {
    await using rig = await startRig({ organization: { ...ORGANIZATION, workbooks: 60 } });
    rig.simulator.faults.set({ unauthorizedAlways: true });
    const { report, error } = await rig.run();
    expect(report.status).toBe('failed');
    expect(error).toBeInstanceOf(AuthError);
    expect(rig.simulator.counters.requests).toBeLessThan(40);
  });
});

/** Rows marked as deleted whose entry exists, by stream. */
async function falseTombstones(rig: Rig): Promise<string[]> {
  const found: string[] = [];
  for (const stream of rig.engine.catalogue) {
    const columns = stream.columns.filter((column) => stream.key.includes(column.name));
    const alive = new Set<string>();
    for (const entry of rig.simulator.organization.truthOf(stream.name)) {
      alive.add(columns.map((column) => String(entry[column.source])).join('/'));
    }
    const rows = await rig.test.database.session((session) =>
      session.query(`select * from sigma."${stream.name}" where _deleted_at is not null`),
    );
    for (const row of rows) {
      const key = columns.map((column) => String(row[column.name])).join('/');
      if (alive.has(key)) found.push(`${stream.name} ${key}`);
    }
  }
  return found;
}
