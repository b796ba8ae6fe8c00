/** A large organization, synced from the simulator into a PostgreSQL of its own, with answers. */

import { createOrganization } from '../../simulator/organization.ts';
import { startSimulator } from '../../simulator/server.ts';
import { openPostgres } from '../../src/core/database/postgres.ts';
import { createSync } from '../../src/runs/create-sync.ts';
import { startPrivatePostgres } from './postgres-server.ts';
import { openControl, type TestControl } from './web-control.ts';
import { webApp } from './web-data.ts';

/** See {@link openLarge}. */
export interface Large extends AsyncDisposable {
  readonly control: TestControl;
  /** A much used workbook with sources, and a member who came by access to it in more than one way. */
  readonly workbook: string;
  /** A report with sources and schedules that members can see. */
  readonly report: string;
  readonly member: string;
  /** An administrator with grants and teams of their own. */
  readonly administrator: string;
  /** A team with members. */
  readonly team: string;
  /** A table from which much takes its data. */
  readonly table: string;
}

const SIZES = {
  ...{ workbooks: 10_000, elements: 100_000, folders: 500, workspaces: 40 },
  ...{ members: 2000, teams: 100, grants: 200_000 },
};

/** Syncs all streams once: two to ten minutes. */
export async function openLarge(): Promise<Large> {
  await using stack = new AsyncDisposableStack();
  const organization = createOrganization({ ...SIZES, now: Date.now() });
  const simulator = await startSimulator({ organization });
  stack.defer(() => simulator.close());
  const server = stack.use(await startPrivatePostgres());
  const database = openPostgres({ url: server.url });
  stack.defer(() => database.close());
  const app = webApp({ simulator, env: { SIGMA_SYNC_ANALYTICS: 'true' } });
  const sync = createSync({ app, database: async () => database });
  const { report } = await sync.run();
  if (report.status !== 'complete') throw new Error(`the sync ended ${report.status}`);
  const [pair] = await database.session((session) =>
    session.query<Record<'workbook' | 'member' | 'administrator' | 'report' | 'team' | 'table', string>>(
      ONE_OF_EACH,
    ),
  );
  const control = openControl({ app, database: async () => database });
  const all = stack.move();
  return {
    ...{ control, workbook: pair?.workbook ?? '', member: pair?.member ?? '', report: pair?.report ?? '' },
    ...{ team: pair?.team ?? '', table: pair?.table ?? '', administrator: pair?.administrator ?? '' },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** A workbook that is much used, one who came by access in more than one way, and a report that is sent. */
const ONE_OF_EACH = `
  select a.inode_id as workbook, a.member_id as member,
         (select i.report_id from sigma_analytics.report_inventory i
            join sigma_analytics.access_exposure e on e.inode_id = i.report_id and e.viewers > 1
           where not i.is_archived and i.active_schedules > 0
           order by i.sources desc, i.versions desc, i.report_id limit 1) as report,
         (select m.member_id from sigma_analytics.member_activity m where m.is_administrator and not m.is_archived
           order by m.direct_grants + m.teams desc, m.member_id limit 1) as administrator,
         (select t.team_id from sigma.team_members t where t._deleted_at is null
           group by t.team_id order by count(*) desc, t.team_id limit 1) as team,
         (select l.upstream_id from sigma_analytics.lineage l join sigma_analytics.lineage_nodes n on n.node_id = l.upstream_id
           where n.type = 'table' group by 1 order by count(*) desc, 1 limit 1) as "table"
    from sigma_analytics.access_matrix a
   where a.inode_id = (select i.workbook_id from sigma_analytics.workbook_inventory i
                        where not i.is_archived order by i.sources desc, i.openers desc, i.workbook_id limit 1)
   order by jsonb_array_length(a.paths) desc, a.member_id limit 1`;
