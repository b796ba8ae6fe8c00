/** A database that a version before lineage by document filled: right after its migration and the next sync. */
import { expect, it } from 'vitest';
import { up } from '../../migrations/0016_document_lineage.ts';
import { catalogue, withAncestors } from '../../src/extractors/catalogue.ts';
import { kyselyOver } from '../../src/state/apply-migrations.ts';
import { type Rig, startRig } from '../support/rig.ts';

const STREAMS = withAncestors(
  catalogue,
  new Set([
    'workbook_lineage',
    'data_model_lineage',
    'source_tables',
    'workbook_columns',
    'data_model_columns',
  ]),
);

const ask = (rig: Rig, sql: string): Promise<Record<string, unknown>[]> =>
  rig.test.database.session((session) => session.query(sql));

/** Takes the tables back to what they were: the keys of custom SQL, the edges of elements, no types. */
async function makeOld(rig: Rig): Promise<void> {
  await rig.test.database.session(async (session) => {
    for (const sql of [
      'drop table sigma.data_model_lineage, sigma.source_tables',
      `delete from sigma_sync.changes where stream in ('data_model_lineage', 'source_tables', 'workbook_lineage')`,
      `delete from sigma_sync.partitions where stream in ('data_model_lineage', 'source_tables')`,
      `delete from sigma_sync.history where stream in ('data_model_lineage', 'source_tables')`,
      'drop index sigma.workbook_lineage_source',
      `alter table sigma.workbook_lineage drop column source_type, drop column connection_id, drop column definition`,
      'alter table sigma.workbook_columns drop column type, drop column type_detail',
      'alter table sigma.report_columns drop column type, drop column type_detail',
      'alter table sigma.data_model_columns drop column type_detail',
      'update sigma.data_model_columns set type = null',
      'truncate sigma.workbook_lineage',
      `insert into sigma.workbook_lineage
         (workbook_id, element_id, source, target, type, _raw, _first_synced_at, _synced_at)
       select workbook_id, element_id, 'inode-short', 'node-1', 'lookup', '{}', now(), now() from sigma.workbook_elements`,
      ...['workbook', 'report', 'data_model'].flatMap((kind) => [
        `update sigma_sync.changes c set key = array[c.key[1], 'custom-sql:' || md5(c.key[2])],
                after = c.after || jsonb_build_object('source_key', 'custom-sql:' || md5(c.key[2]))
          where stream = '${kind}_sources' and c.key[2] like 'custom-sql:%'`,
        `update sigma.${kind}_sources set source_key = 'custom-sql:' || md5(source_key) where type = 'custom-sql'`,
        // The text before the last edit of one that is there.
        `insert into sigma.${kind}_sources
           (${kind}_id, source_key, type, _raw, _first_synced_at, _synced_at, _deleted_at)
         select ${kind}_id, 'custom-sql:before', type, _raw, now(), now(), now()
           from sigma.${kind}_sources where type = 'custom-sql' limit 1`,
        `alter table sigma.${kind}_sources
           drop column custom_sql_id, drop column connection_id, drop column definition`,
      ]),
    ])
      await session.query(sql);
  });
}

it('rows are named anew without a tombstone, and the next sync brings what is missing', async () => {
  await using rig = await startRig({
    streams: STREAMS,
    organization: { seed: 22, workbooks: 120, elements: 600, dataModels: 30 },
  });
  await rig.sync();
  const types = await ask(rig, 'select count(*) from sigma.workbook_columns where type is not null');
  await makeOld(rig);
  const { target: targetSchema, state: stateSchema } = rig.test.schemas;
  await rig.test.database.transaction((session) => up(kyselyOver(session), { targetSchema, stateSchema }));
  // The values of stored entries are there at once.
  expect(await ask(rig, 'select count(*) from sigma.workbook_columns where type is not null')).toEqual(types);
  const [last] = await ask(rig, 'select coalesce(max(change_id), 0)::text as id from sigma_sync.changes');
  await rig.sync();
  expect(await rig.differences()).toEqual([]);
  const changes = await ask(
    rig,
    `select stream, operation, count(*)::integer from sigma_sync.changes
      where change_id > ${last?.['id']} and (operation <> 'insert' or stream like '%sources')
      group by stream, operation`,
  );
  expect(changes).toEqual([]);
  // The log of what was renamed goes on under the new name.
  const lost = await ask(
    rig,
    `select c.key from sigma_sync.changes c where c.stream = 'workbook_sources' and not exists (
       select from sigma.workbook_sources s where c.key = array[s.workbook_id, s.source_key])`,
  );
  expect(lost).toEqual([]);
  const kept = await ask(rig, `select source_key from sigma.workbook_sources where _deleted_at is not null`);
  expect(kept).toEqual([{ source_key: 'custom-sql:before' }]);
});
