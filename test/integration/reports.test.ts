/** Reports, and data models of everybody: with the rights of an admin, without them, and where there are none. */
import { expect, it } from 'vitest';
import { catalogue, withAncestors } from '../../src/extractors/catalogue.ts';
import { startRig, streamOf } from '../support/rig.ts';

const REPORTS = catalogue.filter(({ name }) => name.startsWith('report_')).map(({ name }) => name);
const organization = { seed: 31, workbooks: 120, members: 20, teams: 4, grants: 60, dataModels: 20 };
const streams = withAncestors(
  catalogue,
  new Set([...REPORTS, 'data_model_elements', 'source_tables', 'files']),
);

it('are all there, without a request once nothing changes', async () => {
  await using rig = await startRig({ streams, organization });
  await rig.sync();
  expect(await rig.differences()).toEqual([]);
  const id = rig.simulator.organization.publishReport();
  rig.requests();
  await rig.sync({ streams: streams.filter(({ slow }) => slow !== true) });
  const children = [...rig.simulator.counters.paths.keys()].filter((path) => /\/reports\/./.test(path));
  expect(children.length).toBeGreaterThan(4);
  expect(children.every((path) => path.includes(id))).toBe(true);
  expect(await rig.differences()).toEqual([]);
});

it.each([
  ['dataModels', 400, 'data_models', 'data_model_id'],
  ['dataModels', 403, 'data_models', 'data_model_id'],
  ['reports', 403, 'reports', 'report_id'],
] as const)(
  'of %s, those that are shared are read where the rest is refused with %i',
  async (path, status, stream, key) => {
    await using rig = await startRig({
      streams,
      organization,
      novelties: { dataModelsPermissionCheck: status !== 400 },
    });
    const { organization: held, faults } = rig.simulator;
    if (status === 403) faults.set({ forbid: [`/v2/${path}\\?.*skipPermissionCheck`] });
    await rig.sync();
    const ids = async (): Promise<unknown[]> => {
      const rows = await rig.test.database.session((session) =>
        session.query(`select ${key} as id from sigma.${stream} where _deleted_at is null order by 1`),
      );
      return rows.map(({ id }) => id);
    };
    const all = (stream === 'reports' ? held.reports : held.dataModels).list.toArray();
    const shared = all.filter((one) => !one.hidden).map((one) => one.id);
    expect(shared.length).toBeLessThan(all.length);
    expect(await ids()).toEqual(shared.sort());
    if (status === 400) return;
    // Rights came: the next run has everything.
    faults.set({ forbid: [] });
    await rig.sync();
    expect(await rig.differences()).toEqual([]);
  },
);

it('have elements without a page where the API tells none', async () => {
  const elements = withAncestors(catalogue, new Set(['report_elements']));
  await using rig = await startRig({ streams: elements, organization, novelties: { pageId: false } });
  await rig.sync();
  expect(await rig.differences()).toEqual([]);
  await using other = await startRig({ streams: elements, organization, novelties: { pageId: false } });
  other.simulator.faults.set({ missing: ['/v2/reports/[^/]+/pages/[^/]+/elements'] });
  await other.sync();
  const [found] = await other.test.database.session((session) =>
    session.query('select count(*)::int as n, count(page_id)::int as pages from sigma.report_elements'),
  );
  expect(found).toEqual({ n: other.simulator.organization.truth('report_elements').length, pages: 0 });
});

it('are left out without noise where the API has none', async () => {
  await using rig = await startRig({ streams, organization, novelties: { reports: false } });
  const { report, error } = await rig.run();
  expect(error).toBeUndefined();
  expect(report.status).toBe('complete');
  expect(streamOf(report, 'reports').status).toBe('unavailable');
  for (const other of ['files', 'source_tables'])
    expect(streamOf(report, other).status, other).toBe('complete');
});
