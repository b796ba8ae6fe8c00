/** Error texts of failed requests. Runs keep them, and they can name people by their address. */
import { ADDRESS_SQL, HIDDEN_ADDRESS } from '../../core/addresses.ts';
import { quoteLiteral, quoteName, quoteTable, type Session } from '../../core/database/database.ts';
import type { Schemas } from '../../state/schemas.ts';

/** Takes addresses out of errors and details that are stored. @throws DatabaseError */
export async function hideAddresses(session: Session, { state }: Schemas): Promise<void> {
  const columns = await session.query<{ table: string; column: string }>(
    `select c.table_name as table, c.column_name as column from information_schema.columns c
       join pg_tables t on t.schemaname = c.table_schema and t.tablename = c.table_name
      where c.table_schema = $1 and c.column_name in ('error', 'detail') and c.data_type = 'text'`,
    [state],
  );
  const pattern = quoteLiteral(ADDRESS_SQL);
  for (const { table, column } of columns) {
    const [name, of] = [quoteTable(state, table), quoteName(column)];
    await session.query(
      `update ${name} set ${of} = regexp_replace(${of}, ${pattern}, ${quoteLiteral(HIDDEN_ADDRESS)}, 'g')
        where ${of} like '%@%' and ${of} ~ ${pattern}`,
    );
    await session.query(`analyze ${name}`);
  }
}
