/** Streams that the credentials may not read, or that the API does not have. */
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../src/extractors/catalogue.ts';
import type { RunReport } from '../../src/state/run-types.ts';
import { EXIT_CODES } from '../../src/sync/run-sync.ts';
import { startRig, streamOf } from '../support/rig.ts';

const ORGANIZATION = { seed: 41, workbooks: 60, members: 30, teams: 6, grants: 200 };

function statuses(report: RunReport, names: readonly string[]): string[] {
  return names.map((name) => streamOf(report, name).status);
}

describe('a stream that was never readable', () => {
  it.each([
    ['forbid', '403'],
    ['missing', '404'],
  ] as const)('is unavailable where its endpoint is %s, and fails nothing', async (how, status) => {
    await using rig = await startRig({ streams: catalogue, organization: ORGANIZATION });
    rig.simulator.faults.set({ [how]: ['^/v2/data[mM]odels', '^/v2/connections'] });
    const told: string[] = [];
    rig.events.on('stream.unavailable', ({ stream }) => told.push(stream));
    for (let night = 0; night < 2; night++) {
      const report = await rig.sync();
      expect(EXIT_CODES[report.status]).toBe(0);
      const dataModels = streamOf(report, 'data_models');
      expect(dataModels).toMatchObject({ status: 'unavailable', partitionsFailed: 0 });
      expect(dataModels.error).toContain(status);
      const children = ['data_model_elements', 'data_model_sources', 'connection_grants'];
      expect(statuses(report, children)).toEqual(children.map(() => 'unavailable'));
      expect(streamOf(report, 'data_model_elements')).toMatchObject({ requests: 0 });
      expect(streamOf(report, 'grants').status).toBe('complete');
      expect(told.filter((stream) => stream === 'data_models')).toHaveLength(night + 1);
    }
    rig.simulator.faults.clear();
    await rig.sync();
    expect(await rig.differences()).toEqual([]);
  });

  it('is asked for a few of its partitions only', async () => {
    await using rig = await startRig({
      streams: catalogue,
      organization: { ...ORGANIZATION, workbooks: 150 },
    });
    rig.simulator.faults.set({ forbid: ['/workbooks/[^/]+/bookmarks'] });
    const report = await rig.sync();
    expect(streamOf(report, 'workbook_bookmarks')).toMatchObject({
      status: 'unavailable',
      partitionsFailed: 0,
    });
    // Those under way at the same time are asked as well.
    expect(rig.simulator.counters.of('GET /v2/workbooks/{workbookId}/bookmarks')).toBeLessThan(40);
    const failed = await rig.test.database.session((session) =>
      session.query(`select 1 from sigma_sync.partitions where status = 'failed'`),
    );
    expect(failed).toEqual([]);
  });

  it('is not called so where only some of its partitions are refused', async () => {
    await using rig = await startRig({ streams: catalogue, organization: ORGANIZATION });
    const ids = rig.simulator.organization
      .truth('workbook_pages')
      .map(({ workbookId }) => String(workbookId));
    const all = [...new Set(ids)];
    const hidden = all.slice(0, Math.ceil(all.length * 0.8));
    rig.simulator.faults.set({ forbid: hidden.map((id) => `/workbooks/${id}/bookmarks`) });
    const { report } = await rig.run();
    const bookmarks = streamOf(report, 'workbook_bookmarks');
    expect(bookmarks).toMatchObject({ status: 'partial', partitionsFailed: hidden.length });
    rig.simulator.faults.clear();
    await rig.sync();
    expect(await rig.differences()).toEqual([]);
  });
});

it('what waits for rows of an unavailable stream is unavailable, too, and not complete', async () => {
  await using rig = await startRig({ streams: catalogue, organization: ORGANIZATION });
  rig.simulator.faults.set({ forbid: ['/workbooks/[^/]+/pages\\b'] });
  const report = await rig.sync();
  const children = ['workbook_elements', 'workbook_lineage', 'workbook_columns'];
  expect(statuses(report, children)).toEqual(children.map(() => 'unavailable'));
  expect(streamOf(report, 'workbook_elements').error).toContain('workbook_pages');
  rig.simulator.faults.clear();
  await rig.sync();
  expect(await rig.differences()).toEqual([]);
});

it('a stream that was read before and is refused now is a failure', async () => {
  await using rig = await startRig({ streams: catalogue, organization: ORGANIZATION });
  await rig.sync();
  rig.simulator.faults.set({ forbid: ['^/v2/connections'] });
  const { report } = await rig.run();
  expect(EXIT_CODES[report.status]).toBe(1);
  expect(streamOf(report, 'connections').status).toBe('failed');
  rig.simulator.faults.clear();
  await rig.sync();
  expect(await rig.differences()).toEqual([]);
});

it('and so it is where its cursors were forgotten in between, as changed privacy settings do', async () => {
  await using rig = await startRig({ streams: catalogue, organization: ORGANIZATION });
  await rig.sync();
  await rig.test.database.session((session) =>
    session.query(`delete from sigma_sync.partitions where stream = 'workbook_bookmarks'`),
  );
  rig.simulator.faults.set({ forbid: ['/bookmarks'] });
  const { report } = await rig.run();
  expect(streamOf(report, 'workbook_bookmarks').status).toBe('failed');
  rig.simulator.faults.clear();
  await rig.sync();
  expect(await rig.differences()).toEqual([]);
});

it('endpoints newer than the specification are replaced by older ones, found out once a run', async () => {
  await using rig = await startRig({
    streams: catalogue,
    organization: { ...ORGANIZATION, workbooks: 120 },
    novelties: { columns: false, elements: false },
  });
  await rig.sync();
  expect(await rig.differences()).toEqual([]);
  const { counters } = rig.simulator;
  // Those under way at the same time find it out as well.
  expect(counters.of('GET (unknown)')).toBeLessThan(80);
});
