import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import type { Answer } from '../../../core/database/answer.ts';
import { isEmbedded } from '../../../core/database/embedded/folder.ts';
import { ConfigError } from '../../../core/errors.ts';
import { query } from '../../../analytics/answer-query.ts';
import { type CommandContext, withContext } from '../../command-context.ts';
import { cell, type JsonFlag, print, printJson, printTable } from '../../output/tables.ts';

/** `query`: an SQL question to the database in use; the embedded one has no other client. */
export async function run(
  command: Command,
  sql: string,
  { json, timeout, directory }: JsonFlag & { readonly timeout?: number; readonly directory?: string },
): Promise<void> {
  if (/^-\S+$/.test(sql)) command.error(`error: unknown option '${sql}'`);
  const answer = async (context: CommandContext): Promise<void> => {
    const asked = sql === '-' ? await text(process.stdin) : sql;
    requireDatabase(context);
    const limitMs = timeout === undefined ? undefined : timeout * 1000;
    const found = await query(await context.database(), context.schemas, asked, { limitMs });
    if (json === true) return printJson(asObjects(found));
    const columns = found.columns.map((title, i) => ({
      title,
      value: (row: readonly unknown[]) => cell(row[i]),
    }));
    if (columns.length > 0) printTable(found.rows, columns);
    print(`(${found.rows.length} row${found.rows.length === 1 ? '' : 's'})`);
  };
  // A folder that is named needs no other setting.
  await withContext(command, answer, { isolated: directory !== undefined });
}

/** A question makes no database. @throws ConfigError */
function requireDatabase({ config: { database } }: CommandContext): void {
  if (database.url !== undefined || isEmbedded(database.directory)) return;
  throw new ConfigError(`There is no embedded database in ${database.directory}.`, {
    advice:
      'Name its folder with --directory or SIGMA_SYNC_DIRECTORY, or set DATABASE_URL; "sigma-sync sync" or "sigma-sync demo" creates one.',
  });
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
