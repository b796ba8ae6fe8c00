import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { query } from '../../../analytics/answer-query.ts';
import type { Answer } from '../../../core/database/answer.ts';
import type { Database } from '../../../core/database/database.ts';
import type { Schemas } from '../../../state/schemas.ts';
import { withContext } from '../../command-context.ts';
import { cell, type JsonFlag, print, printAnswer, printJson } from '../../output/tables.ts';

/** `query`: an SQL question to the database in use; the embedded one has no other client. */
export async function run(
  command: Command,
  sql: string,
  { json, timeout, directory }: JsonFlag & { readonly timeout?: number; readonly directory?: string },
): Promise<void> {
  if (/^-\S+$/.test(sql)) command.error(`error: unknown option '${sql}'`);
  await withContext(command, (context) => ask(context.schemas, context.database), {
    reads: true,
    // A folder that is named needs no other setting.
    isolated: directory !== undefined,
    // Tables of all organizations are in one schema.
    together: ({ fleet: { together, organizations }, database }) => {
      const [first] = organizations;
      const example = first && { name: first.name, schema: first.config.database.schema };
      return ask({ target: together, state: together }, database, example);
    },
  });

  async function ask(
    schemas: Schemas,
    database: () => Promise<Database>,
    example?: { readonly name: string; readonly schema: string },
  ): Promise<void> {
    const asked = sql === '-' ? await text(process.stdin) : sql;
    const limitMs = timeout === undefined ? undefined : timeout * 1000;
    const answer = await query(await database(), schemas, asked, { limitMs, example });
    if (json === true) return printJson(asObjects(answer));
    const columns = answer.columns.map((title, i) => ({
      title,
      value: (row: readonly unknown[]) => cell(row[i]),
    }));
    if (columns.length > 0) printAnswer(answer.rows, columns);
    print(`(${answer.rows.length} row${answer.rows.length === 1 ? '' : 's'})`);
  }
}

/** Rows with their columns' names, made different where they are not. */
function asObjects({ columns, rows }: Answer): Record<string, unknown>[] {
  const names: string[] = [];
  for (const column of columns) {
    let name = column;
    for (let n = 2; names.includes(name); n++) name = `${column}_${n}`;
    names.push(name);
  }
  return rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i]])));
}
