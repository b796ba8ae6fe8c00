/** Workbooks with data that can be exported, from what was synced. */
import { type Database, hasTable, quoteLiteral, quoteTable } from '../../core/database/database.ts';
import { ConfigError } from '../../core/errors.ts';
import type { Schemas } from '../../state/schemas.ts';
import { WITH_DATA } from './discover.ts';

/** A workbook, as far as its data goes. */
export interface DataWorkbook {
  readonly workbookId: string;
  readonly name: string;
  readonly path: string | null;
  /** Elements with data. */
  readonly elements: number;
  /** It is read from Sigma's audit log. */
  readonly isAuditLog: boolean;
}

/** Every workbook that has elements with data, the audit log first. @throws ConfigError where nothing was synced yet */
export async function dataWorkbooks(database: Database, schemas: Schemas): Promise<readonly DataWorkbook[]> {
  const table = (name: string): string => quoteTable(schemas.target, name);
  return database.session(async (session) => {
    const isThere = await hasTable(session, schemas.target, 'workbook_elements');
    const rows = !isThere
      ? []
      : await session.query<DataWorkbook & Record<string, unknown>>(
          `/* listing workbooks with data */
           with audit as (
             select distinct s.workbook_id
               from ${table('workbook_sources')} s
               join ${table('connection_paths')} p on p.url_id = s.inode_id or p._raw ->> 'inodeId' = s.inode_id
               join ${table('connections')} c on c.connection_id = p.connection_id and c.is_audit_log
              where s._deleted_at is null)
           select w.workbook_id as "workbookId", w.name, w.path, count(*)::integer as elements,
                  bool_or(a.workbook_id is not null) as "isAuditLog"
             from ${table('workbooks')} w
             join ${table('workbook_elements')} e on e.workbook_id = w.workbook_id and e._deleted_at is null
                  and e.type in (${WITH_DATA.map(quoteLiteral).join(', ')})
             left join audit a on a.workbook_id = w.workbook_id
            where w._deleted_at is null and not coalesce(w.is_archived, false)
            group by w.workbook_id order by 5 desc, w.path, w.name`,
        );
    if (rows.length > 0) return rows;
    throw new ConfigError('No workbook is known here yet.', {
      advice: 'Name a workbook (its address in the browser will do), or run "sigma-sync sync" first.',
    });
  });
}
