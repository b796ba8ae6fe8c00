/** The planner knows the tables right after a load, of few rows, too, and in an engine that has no autovacuum. */
import { expect, it } from 'vitest';
import { startRig } from '../support/rig.ts';

it('has statistics of every table with rows after the first sync', async () => {
  await using rig = await startRig({ organization: { seed: 3, workbooks: 4 } });
  await rig.sync();
  const tables = await rig.test.database.session((session) =>
    session.query<{ name: string; rows: number; columns: number }>(
      `select c.relname as name, c.reltuples::float8 as rows,
              (select count(*)::integer from pg_statistic s where s.starelid = c.oid) as columns
         from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = $1 and c.relkind = 'r' and pg_relation_size(c.oid) > 0`,
      [rig.test.schemas.target],
    ),
  );
  expect(tables.length).toBeGreaterThan(5);
  expect(tables.filter(({ rows, columns }) => rows < 1 || columns === 0)).toEqual([]);
});
