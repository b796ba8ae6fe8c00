/** An endpoint that fails for ever, beside others that work. */
import { expect, it } from 'vitest';
import { catalogue, withAncestors } from '../../src/extractors/catalogue.ts';
import { startRig, streamOf } from '../support/rig.ts';

it('fails its own stream and no other', async () => {
  const streams = withAncestors(catalogue, new Set(['workbook_queries', 'workbook_pages', 'team_members']));
  await using rig = await startRig({
    streams,
    organization: { seed: 91, workbooks: 80, members: 20, teams: 5, grants: 50 },
  });
  rig.simulator.faults.inject({ kinds: ['500'], match: '/queries', maxInARow: 1_000_000 });
  const { report, error } = await rig.run();
  expect(error).toBeUndefined();
  expect(report.status).toBe('failed');
  const queries = streamOf(report, 'workbook_queries');
  expect(queries.status).toBe('failed');
  expect(queries.error).toContain('the rest was skipped');
  expect(queries.partitionsFailed).toBeLessThan(45);
  for (const name of ['workbooks', 'workbook_pages', 'team_members'])
    expect(streamOf(report, name).status, name).toBe('complete');
  rig.simulator.faults.clear();
  await rig.sync();
  expect(await rig.differences()).toEqual([]);
});

it('ends the run where nothing else answers either', async () => {
  const streams = withAncestors(catalogue, new Set(['workbook_pages']));
  await using rig = await startRig({
    streams,
    organization: { seed: 92, workbooks: 80, members: 10, teams: 2, grants: 10 },
  });
  rig.simulator.faults.inject({ kinds: ['500'], match: '/pages|/whoami', maxInARow: 1_000_000 });
  const { error } = await rig.run();
  expect(error?.message).toContain('stopped answering');
});
