/** Contents and sources of workbooks, written straight into the tables beside `access-data.ts`. */
import { type Database, quoteTable, type Session } from '../../src/core/database/database.ts';
import type { Schemas } from '../../src/state/schemas.ts';
import { type Insert, id, inserter, pick, TIMES } from './made-rows.ts';

/** Sizes of the content. */
export interface ContentSizes {
  readonly members: number;
  readonly workbooks: number;
  readonly elements: number;
  readonly columnsPerElement: number;
  /** Tables of warehouses; the first of them are used the most. */
  readonly tables: number;
  readonly dataModels: number;
  readonly datasets: number;
  /** Files that each member opened lately. */
  readonly recents: number;
  readonly versionsPerWorkbook: number;
}

/** Days before the first sync, up to so many, the same for the same seed and n. */
const ago = (seed: string, n: string, days: number): string =>
  `${TIMES} - make_interval(days => ${pick(seed, n, days)})`;
/** A number from 1 to `most`, small ones more often: every 32nd is 1 where there are 1000. */
const skewed = (seed: string, n: string, most: number): string =>
  `(1 + floor(power((${pick(seed, n, 1_000_000)} - 1) / 1000000.0, 2) * ${most})::integer)`;

/** Id of the table that is used the most. */
export const MOST_USED = `select ${id('table', '1')} as id`;

/** Fills the tables and the change log of elements, and gathers statistics, or leaves that to the caller. */
export async function fillContent(
  database: Database,
  schemas: Schemas,
  sizes: ContentSizes,
  statistics: 'all' | 'none' = 'all',
): Promise<void> {
  await database.session(async (session) => {
    const insert = inserter(session, schemas, "'{}'");
    await fillSources(insert, sizes);
    await fillWorkbooks(insert, sizes);
    await log(session, schemas);
    if (statistics === 'all') await session.query('vacuum analyze');
  });
}

async function fillSources(
  insert: Insert,
  { tables, dataModels, datasets, members }: ContentSizes,
): Promise<void> {
  const stamps = `${TIMES} as created_at, ${TIMES} as updated_at`;
  await insert(
    'connections',
    ['connection_id', 'name', 'type', 'is_archived'],
    `select ${id('c', 'n')} as connection_id, 'Connection ' || n as name, 'snowflake' as type, false as is_archived
       from generate_series(1, 5) n`,
  );
  await insert(
    'connection_paths',
    ['connection_id', 'url_id', 'path'],
    `select ${id('c', '1 + n % 5')} as connection_id, 'url' || n as url_id,
            jsonb_build_array('ANALYTICS', 'SCHEMA_' || n % 20, 'TABLE_' || n) as path
       from generate_series(1, ${tables}) n`,
  );
  await insert(
    'connection_path_grants',
    ['url_id', 'grant_id', 'inode_id', 'team_id', 'permission', 'created_at', 'updated_at'],
    `select 'url' || n as url_id, ${id('pg', 'n')} as grant_id, ${id('table', 'n')} as inode_id,
            ${id('t', '1')} as team_id, 'usage' as permission, ${stamps} from generate_series(1, ${tables}) n`,
  );
  await insert(
    'datasets',
    ['dataset_id', 'name', 'is_archived', 'created_at', 'updated_at'],
    `select ${id('ds', 'n')} as dataset_id, 'Dataset ' || n as name, n % 20 = 0 as is_archived, ${stamps}
       from generate_series(1, ${datasets}) n`,
  );
  await insert(
    'dataset_sources',
    ['dataset_id', 'source_key', 'type', 'inode_id'],
    `select ${id('ds', 'n')} as dataset_id, 'table:' || n as source_key, 'table' as type,
            ${id('table', skewed('dst', 'n', tables))} as inode_id from generate_series(1, ${datasets}) n`,
  );
  await insert(
    'data_models',
    ['data_model_id', 'name', 'owner_id', 'is_archived', 'created_at', 'updated_at'],
    `select ${id('dm', 'n')} as data_model_id, 'Data model ' || n as name, ${id('m', pick('dmo', 'n', members))} as owner_id,
            false as is_archived, ${stamps} from generate_series(1, ${dataModels}) n`,
  );
  // Half of the tables of a data model come by way of a dataset.
  await insert(
    'data_model_sources',
    ['data_model_id', 'source_key', 'type', 'source_table_id', 'source_dataset_id'],
    `select ${id('dm', 'n')} as data_model_id, 'source:' || s as source_key,
            case when s = 1 then 'table' else 'dataset' end as type,
            case when s = 1 then ${id('table', skewed('dmt', 'n', tables))} end as source_table_id,
            case when s = 2 then ${id('ds', pick('dmd', 'n', datasets))} end as source_dataset_id
       from generate_series(1, ${dataModels}) n, generate_series(1, 2) s`,
  );
}

async function fillWorkbooks(insert: Insert, sizes: ContentSizes): Promise<void> {
  const { workbooks, elements, columnsPerElement, tables, dataModels, members } = sizes;
  const book = (n: string): string => id('b', `1 + (${n}) % ${workbooks}`);
  const pages = workbooks * 3;
  await insert(
    'workbook_pages',
    ['workbook_id', 'page_id', 'name', 'hidden'],
    `select ${book('n')} as workbook_id, 'page' || n as page_id, 'Page ' || n as name, n % 9 = 0 as hidden
       from generate_series(0, ${pages - 1}) n`,
  );
  await insert(
    'workbook_elements',
    ['workbook_id', 'page_id', 'element_id', 'name', 'type', 'visualization_type', 'columns', 'error'],
    `select ${book('n')} as workbook_id, 'page' || n % ${pages} as page_id, 'e' || n as element_id,
            'Element ' || n as name, (array['table', 'visualization', 'pivot-table'])[1 + n % 3] as type,
            case when n % 3 = 1 then 'bar' end as visualization_type,
            (select jsonb_agg('c' || i) from generate_series(1, ${columnsPerElement}) i) as columns,
            case when n % 500 = 0 then 'no such column' end as error
       from generate_series(0, ${elements - 1}) n`,
  );
  await insert(
    'workbook_columns',
    ['workbook_id', 'element_id', 'column_id', 'label', 'formula'],
    `select ${book('n')} as workbook_id, 'e' || n as element_id, 'c' || i as column_id, 'Column ' || i as label,
            '[Source/Column ' || i || ']' as formula
       from generate_series(0, ${elements - 1}) n, generate_series(1, ${columnsPerElement}) i`,
  );
  await insert(
    'workbook_queries',
    ['workbook_id', 'element_id', 'name', 'sql', 'error'],
    `select ${book('n')} as workbook_id, 'e' || n as element_id, 'Element ' || n as name, 'select 1' as sql,
            case when n % 700 = 0 then 'it does not compile' end as error from generate_series(0, ${elements - 1}) n`,
  );
  // The first element of a workbook takes a table, the second a data model, the others an earlier element.
  const source = `case n / ${workbooks} % 4 when 0 then ${id('table', skewed('et', 'n', tables))}
      when 1 then ${id('dm', skewed('em', 'n', dataModels))} else 'e' || (n - ${workbooks}) end`;
  const kind = `case n / ${workbooks} % 4 when 0 then 'table' when 1 then 'data-model' else 'sheet' end`;
  await insert(
    'workbook_lineage',
    ['workbook_id', 'element_id', 'source', 'target', 'type', 'source_node', 'target_node'],
    `select ${book('n')} as workbook_id, 'e' || n as element_id, ${source} as source, 'e' || n as target, 'source' as type,
            jsonb_build_object('type', ${kind}, 'name', 'N ' || n) as source_node,
            jsonb_build_object('type', 'sheet', 'name', 'Element ' || n) as target_node
       from generate_series(0, ${elements - 1}) n`,
  );
  await insert(
    'workbook_sources',
    ['workbook_id', 'source_key', 'type', 'inode_id', 'source_data_model_id'],
    `select distinct on (1, 2) ${book('n')} as workbook_id, ${kind} || ':' || ${source} as source_key, ${kind} as type,
            case when n / ${workbooks} % 4 = 0 then ${source} end as inode_id,
            case when n / ${workbooks} % 4 = 1 then ${source} end as source_data_model_id
       from generate_series(0, ${elements - 1}) n where n / ${workbooks} % 4 < 2`,
  );
  await insert(
    'member_recent_files',
    ['member_id', 'file_id', 'type', 'last_interaction_at'],
    `select distinct on (1, 2) ${id('m', 'm')} as member_id, ${id('b', skewed('rb', `m || '/' || n`, workbooks))} as file_id,
            'workbook' as type, ${ago('ra', `m || '/' || n`, 200)} as last_interaction_at
       from generate_series(1, ${members}) m, generate_series(1, ${sizes.recents}) n`,
  );
  await insert(
    'workbook_versions',
    ['workbook_id', 'version', 'published_at', 'published_by'],
    `select ${id('b', 'n')} as workbook_id, v as version, ${ago('vp', `n || '/' || v`, 400)} as published_at,
            ${id('m', pick('vm', `n || '/' || v`, members))} as published_by
       from generate_series(1, ${workbooks}) n, generate_series(1, ${sizes.versionsPerWorkbook}) v`,
  );
  await insert(
    'workbook_schedules',
    ['workbook_id', 'scheduled_notification_id', 'schedule', 'is_suspended', 'owner_id'],
    `select ${id('b', 'n')} as workbook_id, 's' || n as scheduled_notification_id,
            jsonb_build_object('cronSpec', n % 60 || ' ' || ${pick('sh', 'n', 23)} || ' * * ' || n % 7,
                               'timezone', (array['UTC', 'America/New_York', 'Europe/Berlin'])[1 + n % 3]) as schedule,
            n % 10 = 0 as is_suspended, ${id('m', pick('so', 'n', members))} as owner_id
       from generate_series(5, ${workbooks}, 5) n`,
  );
}

async function log(session: Session, schemas: Schemas): Promise<void> {
  await session.query(
    `insert into ${quoteTable(schemas.state, 'changes')} (changed_at, run_id, stream, key, operation, after)
     select ${TIMES}, 'first', 'workbook_elements', array[workbook_id, element_id], 'insert', '{}'
       from ${quoteTable(schemas.target, 'workbook_elements')}`,
  );
  await session.query(
    `insert into ${quoteTable(schemas.state, 'history')} values ('workbook_elements', ${TIMES})`,
  );
}
