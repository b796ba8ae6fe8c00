import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import { query } from '../../operations/query.ts';
import { withContext } from '../context.ts';
import { print, printJson, table } from '../output.ts';

/** `query`: an SQL question to the database in use; the embedded one has no other client. */
export function queryCommand(): Command {
  return new Command('query')
    .description('answer an SQL query, read-only (the embedded database has no other client)')
    .argument(
      '<sql>',
      'the query, or - to read it from standard input; tables of the target schema need no prefix',
    )
    .option('--directory <folder>', 'ask the embedded database in this folder, whatever is configured')
    .option('--json', 'print the rows as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sigma-sync query "select name, latest_version from workbooks limit 5"\n  $ sigma-sync query - <stale.sql\n',
    )
    .action(async (sql: string, { json }: { json?: boolean }, command: Command) => {
      await withContext(command, async (context) => {
        const asked = sql === '-' ? await text(process.stdin) : sql;
        const rows = await query(await context.database(), context.schemas, asked);
        if (json === true) return printJson(rows);
        const names = Object.keys(rows[0] ?? {});
        const columns = names.map((title) => ({
          title,
          value: (row: Record<string, unknown>) => cell(row[title]),
        }));
        if (names.length > 0) for (const line of table(rows, columns)) print(line);
        print(`(${rows.length} row${rows.length === 1 ? '' : 's'})`);
      });
    });
}

function cell(value: unknown): string | number {
  if (typeof value === 'number') return value;
  if (value instanceof Date) return value.toISOString();
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
