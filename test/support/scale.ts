/** Loads an organization, again without a change, and after ten workbooks changed: what each may cost, and the truth. */
import { expect } from 'vitest';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { startRig, streamOf, totalOf } from './rig.ts';

/** So long that nobody's turn on the slow cycle comes. */
const NEVER = 36_500 * 86_400_000;

/** Size of the organization. */
export interface ScaleSizes {
  readonly seed: number;
  readonly workbooks: number;
  readonly elements: number;
  readonly members: number;
  readonly teams: number;
  readonly grants: number;
}

/** @throws if something is not as it must be. */
export async function loadAtScale(sizes: ScaleSizes): Promise<void> {
  // The clock stands still: what was in doubt is asked again at a moment of its own, which must not fall into a run.
  const now = new Date();
  await using rig = await startRig({
    streams: catalogue,
    organization: sizes,
    engine: { refreshMs: () => NEVER, now: () => now },
  });
  const first = await rig.sync();
  expect(await rig.differences()).toEqual([]);
  expect(first.streams.every((stream) => stream.mode === 'full')).toBe(true);
  expect(streamOf(first, 'workbooks')).toMatchObject({ inserted: sizes.workbooks, updated: 0, deleted: 0 });
  expect(streamOf(first, 'workbook_elements').inserted).toBe(sizes.elements);
  expect(streamOf(first, 'members').inserted).toBe(sizes.members);
  // Those on reports come on top of the size.
  const { grants, reports } = rig.simulator.organization;
  expect(streamOf(first, 'grants').inserted).toBe(grants.size);
  expect(grants.size).toBeGreaterThanOrEqual(sizes.grants);
  expect(streamOf(first, 'reports').inserted).toBe(reports.size);
  // Elements whose lineage fails are asked twice more.
  await rig.sync();
  await rig.sync();
  rig.requests();

  const second = await rig.sync();
  expect([totalOf(second, 'inserted'), totalOf(second, 'updated'), totalOf(second, 'deleted')]).toEqual([
    0, 0, 0,
  ]);
  const unchanged = rig.requests();
  expect(Object.keys(unchanged).filter((endpoint) => /\/\{(workbook|report)Id\}/.test(endpoint))).toEqual([]);
  // Grants by team and member, members of teams, recents of active members; listings, and the few others.
  expect(second.requests).toBeLessThan(1.6 * sizes.members + 2 * sizes.teams + 120);
  expect(await rig.differences()).toEqual([]);

  const changed = Array.from({ length: 10 }, () => rig.simulator.organization.publishVersion());
  const third = await rig.sync();
  const paths = [...rig.simulator.counters.paths.keys()].filter((path) => /\/workbooks\/[^/]+\//.test(path));
  const touched = new Set(paths.map((path) => path.split('/')[3]));
  expect(touched).toEqual(new Set(changed));
  for (const name of ['workbook_pages', 'workbook_elements']) {
    const { partitions, mode, partitionsFailed } = streamOf(third, name);
    expect({ partitions, mode, partitionsFailed }).toEqual({
      partitions: touched.size,
      mode: 'incremental',
      partitionsFailed: 0,
    });
  }
  // Recents and favourites carry copies of files, which wait for their turn.
  const copies = ['member_recent_files', 'member_favorites'];
  const wrong = await rig.differences();
  expect(wrong.filter((text) => !copies.some((name) => text.startsWith(name)))).toEqual([]);
}
