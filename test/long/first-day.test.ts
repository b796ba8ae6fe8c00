/**
 * The queries of README.md and docs/ right after the first sync: the planner knows every table that they read, and what
 * asks about one object or member does not work out everybody's access.
 */
import { expect, it } from 'vitest';
import { startSimulator } from '../../simulator/server.ts';
import { analyticsSchema } from '../../src/analytics/model.ts';
import { createSync } from '../../src/runs/create-sync.ts';
import { envFor, scratchFolder } from '../support/cli.ts';
import { openTestDatabase } from '../support/database.ts';
import { documentedSql, planOf, rowsOf, scannedFunctions } from '../support/documented-sql.ts';

/**
 * Everybody's gains and losses, and an earlier time, for which the tables as of then are made: the documentation says
 * so.
 */
const OF_EVERYBODY = /full join|effective_access\('/;

it('answer without a scan over everybody, and with statistics', { timeout: 240_000 }, async () => {
  using folder = scratchFolder();
  await using simulator = await startSimulator({
    organization: { seed: 4, workbooks: 60, members: 60, teams: 6, grants: 800, folders: 20 },
  });
  await using test = await openTestDatabase();
  await using sync = createSync({
    cwd: folder.path,
    env: { ...envFor(simulator), SIGMA_SYNC_ANALYTICS: 'true' },
    database: async () => test.database,
  });
  expect((await sync.run()).status).toBe('complete');
  const query = <T extends Record<string, unknown>>(sql: string, parameters: readonly unknown[] = []) =>
    test.database.session((session) => session.query<T>(sql, parameters));

  const { target } = test.schemas;
  const unknown = await query(
    `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = any($1) and c.relkind in ('r', 'm') and pg_relation_size(c.oid) > 0
        and (c.reltuples < 0 or not exists (
              select from pg_stats s where s.schemaname = n.nspname and s.tablename = c.relname))`,
    [[target, analyticsSchema(test.schemas)]],
  );
  expect(unknown).toEqual([]);

  const [subjects] = await query<Record<string, string>>(
    `select w.workbook_id as "workbookId", w.name as "workbookName", m.member_id as "memberId", m.email,
            (select min(team_id) from sigma.team_members) as "teamId",
            (select min(name) from sigma_analytics.lineage_nodes where type = 'table') as "table",
            to_char(now(), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at
       from sigma.workbooks w join sigma.members m on m.member_id = w.owner_id order by w.workbook_id limit 1`,
  );
  const { workbookId = '', workbookName = '', memberId = '', email = '', teamId = '' } = subjects ?? {};
  const { table = '', at = '' } = subjects ?? {};
  const [everybody] = await query<{ rows: number }>(
    'select count(*)::integer as rows from sigma.effective_access()',
  );
  const documented = documentedSql({ workbookId, workbookName, memberId, email, teamId, table, at });
  expect(documented.length).toBeGreaterThan(35);
  for (const { place, title, sql } of documented) {
    const name = `${place}: ${title}`;
    const [explained] = await query<{ 'QUERY PLAN': unknown }>(`explain (format json) ${sql}`);
    const plan = planOf(explained?.['QUERY PLAN']);
    expect(scannedFunctions(plan), name).not.toContain('effective_access');
    // The access it really reads: as much as one object or member has, and some of them each.
    if (!/effective_access|access_matrix/.test(sql) || OF_EVERYBODY.test(sql)) continue;
    const [analyzed] = await query<{ 'QUERY PLAN': unknown }>(
      `explain (analyze, format json, timing off) ${sql}`,
    );
    expect(rowsOf(planOf(analyzed?.['QUERY PLAN'])), name).toBeLessThan((everybody?.rows ?? 0) / 2);
  }
});
