/** The digest over an organization that changed. */
import { expect, it } from 'vitest';
import { refreshAnalytics } from '../../src/analytics/analytics.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { type Report, reportOf } from '../../src/report/data.ts';
import { renderHtml } from '../../src/report/html.ts';
import { renderMarkdown } from '../../src/report/markdown.ts';
import { startRig } from '../support/rig.ts';

const SETTINGS = { enabled: true, staleDays: 90, internalDomains: [], auditLog: undefined };

it('counts what changed and what deserves a look', async () => {
  await using rig = await startRig({
    streams: catalogue,
    organization: { seed: 33, workbooks: 40, members: 20, teams: 5, grants: 120 },
  });
  const { database, schemas } = rig.test;
  const ask = (from = 0): Promise<Report> =>
    reportOf(database, schemas, new Date(from), new Date(Date.now() + 1000));
  await expect(ask()).rejects.toThrow('There are no answers in sigma_analytics yet.');
  const { organization } = rig.simulator;
  await rig.sync();
  const added = [organization.addWorkbook(), organization.addWorkbook()];
  const grant = organization.grant({ permission: 'view' });
  await rig.sync();
  organization.deleteWorkbook(added[0]);
  organization.revoke(grant);
  await rig.sync({ acceptDeletions: true });
  const now = (): number => performance.now();
  await refreshAnalytics({ database, schemas, settings: SETTINGS, events: rig.events, now });

  const report = await ask();
  expect(report.newWorkbooks.count).toBe(2);
  expect(report.newWorkbooks.top.map(({ id }) => id).sort()).toEqual([...added].sort());
  expect(report.removedWorkbooks.top.map(({ id }) => id)).toEqual([added[0]]);
  expect(report.access).toMatchObject({ given: 1, 'taken away': 1 });
  expect(report.growth.map(({ stream }) => stream)).toEqual([
    'grants',
    'members',
    'workbook_elements',
    'workbooks',
  ]);
  const workbooks = [...organization.truthOf('workbooks')].length;
  expect(report.growth.at(-1)).toMatchObject({ total: workbooks, added: 2, removed: 1 });
  const count = async (sql: string): Promise<number> => {
    const [row] = await database.session((session) =>
      session.query<{ n: number }>(`select count(*)::integer as n from sigma_analytics.${sql}`),
    );
    return row?.n ?? -1;
  };
  expect(report.stale.count).toBe(await count('stale_workbooks'));
  expect(report.orphaned.count).toBe(await count('orphaned_content'));
  expect(report.broken.count).toBe(await count('broken_elements'));
  expect(report.publicEmbeds.count).toBe(
    await count('access_exposure where public_embeds > 0 and not is_archived'),
  );
  expect(Object.values(report.licences).reduce((sum, n) => sum + n, 0)).toBe(await count('licence_use'));
  expect(report.lastCompleteSync).not.toBeNull();
  for (const text of [renderMarkdown(report), renderHtml(report)]) expect(text).toContain('2 workbooks');
  // Of a time in which nothing happened.
  const later = await reportOf(database, schemas, new Date(Date.now() + 1000), new Date(Date.now() + 2000));
  expect([later.newWorkbooks.count, later.access.given, later.mostOpened.count]).toEqual([0, 0, 0]);
});
