/** A synced organization with answers, for the pages about usage; some of its texts are attacks. */

import { createOrganization } from '../../simulator/organization.ts';
import { startSimulator } from '../../simulator/server.ts';
import type { Database } from '../../src/core/database/database.ts';
import { createSync } from '../../src/runs/create-sync.ts';
import { openTestDatabase } from './database.ts';
import { webApp } from './web-data.ts';
import type { Prepared } from './web-four.ts';
import { ATTACKS } from './web-hostile.ts';

/** The objects that the pages are asked for. */
export interface Usage extends Prepared {
  /** A workbook with sources, and a member who can see it, and not as an administrator. */
  readonly workbook: string;
  readonly member: string;
  /** A report with sources and schedules that somebody can see. */
  readonly report: string;
  /** A team with members. */
  readonly team: string;
  /** A table from which much takes its data. */
  readonly table: string;
  /** Refreshes the answers. */
  refresh(): Promise<void>;
}

/** @param attacked names of workbooks, members, folders and teams are attacks. */
export async function prepareUsage(attacked = false): Promise<Usage> {
  const test = await openTestDatabase();
  const organization = createOrganization({
    ...{
      seed: 12,
      workbooks: 70,
      reports: 12,
      members: 24,
      teams: 5,
      grants: 220,
      elements: 200,
      now: Date.now(),
    },
  });
  if (attacked) for (const name of ATTACKS) organization.addWorkbook(name);
  const simulator = await startSimulator({ organization });
  const app = webApp({ simulator, env: { SIGMA_SYNC_ANALYTICS: 'true' } });
  const database = async (): Promise<Database> => test.database;
  const sync = createSync({ app, database });
  const { report } = await sync.run();
  if (report.status !== 'complete') throw new Error(`the sync ended ${report.status}`);
  const query = (sql: string, values: readonly unknown[] = []): Promise<Record<string, unknown>[]> =>
    test.database.session((session) => session.query(sql, values));
  if (attacked) {
    const attack = ATTACKS.join(' ');
    await query(
      `update sigma.members set first_name = $1, last_name = $1, email = $1, member_type = $1, _synced_at = now()`,
      [attack],
    );
    await query(`update sigma.teams set name = $1, _synced_at = now()`, [attack]);
    await query(`update sigma.files set name = $1, path = $1, badge = $1, _synced_at = now()`, [attack]);
    for (const document of ['workbook', 'report']) {
      await query(
        `update sigma.${document}s set name = $1, description = $1, path = $1, url = 'javascript:window.hit=1', _synced_at = now()`,
        [attack],
      );
      await query(`update sigma.${document}_elements set name = $1, error = $1, _synced_at = now()`, [
        attack,
      ]);
      await query(
        `update sigma.${document}_schedules set schedule = jsonb_build_object('cronSpec', $1::text, 'timezone', $1::text), _synced_at = now()`,
        [attack],
      );
    }
    await query(`update sigma.tags set name = $1, _synced_at = now()`, [attack]);
    await query(`update sigma.member_recent_files set name = $1, type = $1, _synced_at = now()`, [attack]);
    await query(`update sigma.datasets set name = $1, _synced_at = now()`, [attack]);
    await query(`update sigma.data_models set name = $1, _synced_at = now()`, [attack]);
  }
  const refresh = async (): Promise<void> => {
    const { error, models } = await sync.analytics();
    if (error !== undefined || models.some(({ status }) => status === 'failed'))
      throw new Error(error ?? 'a model failed');
  };
  await refresh();
  const [found] = await query(
    `select a.inode_id, a.member_id from sigma_analytics.access_matrix a
      where a.inode_id = (select i.workbook_id from sigma_analytics.workbook_inventory i
                           where not i.is_archived and i.sources > 0 order by i.openers desc, i.workbook_id limit 1)
        and not a.paths @> '[{"via": "administrator"}]'
      order by a.permission, a.member_id limit 1`,
  );
  const [printed] = await query(
    `select i.report_id from sigma_analytics.report_inventory i
      where not i.is_archived and i.sources > 0 and exists (select from sigma_analytics.access_exposure e where e.inode_id = i.report_id and e.viewers > 0)
      order by i.schedules desc, i.versions desc, i.report_id limit 1`,
  );
  const [joined] = await query(
    `select team_id from sigma.team_members where _deleted_at is null group by 1 order by count(*) desc, 1 limit 1`,
  );
  const [used] = await query(
    `select l.upstream_id as id from sigma_analytics.lineage l join sigma_analytics.lineage_nodes n on n.node_id = l.upstream_id
      where n.type = 'table' group by 1 order by count(*) desc, 1 limit 1`,
  );
  return {
    ...{ app, test, database, simulator, runId: report.runId, refresh },
    ...{ workbook: String(found?.['inode_id']), member: String(found?.['member_id']) },
    report: String(printed?.['report_id']),
    team: String(joined?.['team_id']),
    table: String(used?.['id']),
    async [Symbol.asyncDispose]() {
      await sync.close();
      await test.close();
      await simulator.close();
    },
  };
}

/** Every page about usage of an organization. */
export function usagePaths({
  workbook,
  member,
  report,
  team,
  table,
}: Pick<Usage, 'workbook' | 'member' | 'report' | 'team' | 'table'>): string[] {
  return [
    ...['/workbooks', '/workbooks/stale', `/workbooks/${workbook}`, '/reports', `/reports/${report}`],
    ...['/members', `/members/${member}`, '/teams', `/teams/${team}`],
    ...[
      '/access',
      `/access?member=${member}&object=${workbook}`,
      '/access?member=a&object=e',
      '/access/exposure',
    ],
    ...[`/lineage/${workbook}`, `/lineage/${table}`],
    ...['/digest', '/digest?since=month', '/growth', '/growth?filter=members', '/orphans', '/duplicates'],
    ...[
      '/impact',
      `/impact/of?of=${workbook}`,
      `/impact/of?of=${table}`,
      '/impact/of',
      '/schedules',
      '/schedules/failures',
    ],
    ...['/licences', '/licences?filter=idle', '/access/changes', `/access/changes?of=${member}`],
    ...['/openings', `/openings?of=${workbook}`, `/openings?of=${member}`],
  ];
}
