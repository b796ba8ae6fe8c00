import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { type ResolvedId, resolveId } from '../../../exports/find/resolve-id.ts';
import type { SigmaClient } from '../../../sigma/client.ts';
import { withContext } from '../../command-context.ts';
import { plain, print, printJson } from '../../output/tables.ts';

const EXAMPLES = `
Examples:
  $ sigma-sync id 'https://app.sigmacomputing.com/acme/workbook/Sales-7sYWojYnccxJqdqkNKAw6S?:nodeId=Mkaex5leIG'
  $ sigma-sync id 7sYWojYnccxJqdqkNKAw6S --json
`;

/** `id`: from what the browser shows to what the API takes. */
export function idCommand(): Command {
  return new Command('id')
    .description('say what an address of the browser or an id is of, and its long id')
    .argument('<address-or-id>', 'an address (in quotes: the shell would take ? and & for itself), or an id')
    .option('--json', 'print it as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (text: string, { json }: { json?: boolean }, command: Command) => {
      await withContext(command, async (context) => {
        const { url, directory } = context.config.database;
        let client: SigmaClient | undefined;
        try {
          const resolved = await resolveId(text, {
            // Asking must not make a database.
            database: url !== undefined || existsSync(directory) ? context.database : undefined,
            schemas: context.schemas,
            client: () => {
              client ??= context.openClient();
              return client;
            },
            tell: context.tell,
            find: {
              events: context.events,
              pageSize: context.config.sigma.pageSize,
              signal: context.signal,
            },
          });
          if (json === true) printJson(resolved);
          else for (const line of linesOf(resolved)) print(line);
        } finally {
          await client?.close();
        }
      });
    });
}

function linesOf({ kind, id, shortId, name, element, draft, source }: ResolvedId): string[] {
  const facts: [title: string, value: string | null][] = [
    ['kind', kind],
    ['name', name],
    ['id', id],
    ['short id', shortId],
    ['element', element === null ? null : [element.id, element.name].filter(Boolean).join('  ')],
    ['draft', draft],
    ['known from', source === 'api' ? 'the API' : `the ${source}`],
  ];
  return facts.flatMap(([title, value]) => (value === null ? [] : [`${title.padEnd(11)} ${plain(value)}`]));
}
