import { Command } from 'commander';
import { ConfigError } from '../../../core/errors.ts';
import { discoverWorkbook, settingsOf } from '../../../exports/find/discover.ts';
import { dataWorkbooks } from '../../../exports/find/data-workbooks.ts';
import { parseSigmaId } from '../../../sigma/ids.ts';
import { resolveWorkbookId } from '../../../sigma/workbook-id.ts';
import { type CommandContext, withContext } from '../../command-context.ts';
import { print, printJson, table } from '../../output/tables.ts';

const EXAMPLES = `
Examples:
  $ sigma-sync exports discover                                  workbooks with data, from what was synced
  $ sigma-sync exports discover https://app.sigmacomputing.com/acme/workbook/Sales-7sYWojYnccxJqdqkNKAw6S
  $ sigma-sync exports discover 7sYWojYnccxJqdqkNKAw6S --json
`;

/** `exports discover`: elements that have data, as entries for the settings. */
export function exportsDiscoverCommand(): Command {
  return new Command('discover')
    .description('list elements that have data, as entries to paste into the settings')
    .argument('[workbook]', 'id of a workbook or its address in the browser')
    .option('--json', 'print what was found as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (workbook: string | undefined, { json }: { json?: boolean }, command: Command) => {
      await withContext(command, (context) =>
        workbook === undefined
          ? listWorkbooks(context, json === true)
          : listElements(context, workbook, json === true),
      );
    });
}

async function listWorkbooks(context: CommandContext, json: boolean): Promise<void> {
  const workbooks = await dataWorkbooks(await context.database(), context.schemas);
  if (json) return printJson({ workbooks });
  const rows = table(workbooks, [
    { title: 'workbook', value: ({ name }) => name },
    { title: 'path', value: ({ path }) => path ?? '' },
    { title: 'elements', value: ({ elements }) => elements },
    { title: 'id', value: ({ workbookId }) => workbookId },
    { title: '', value: ({ isAuditLog }) => (isAuditLog ? 'audit log' : '') },
  ]);
  for (const row of rows) print(row);
  print('\n"sigma-sync exports discover <id>" prints the entries of one.');
}

async function listElements(context: CommandContext, text: string, json: boolean): Promise<void> {
  const place = parseSigmaId(text);
  const client = context.openClient();
  try {
    const { events, signal, clock } = context;
    const workbookId = await resolveWorkbookId(client, place.id, { events, signal });
    const found = await discoverWorkbook({ client, events, signal }, workbookId);
    const elements = found.elements.filter(
      ({ elementId }) => place.element === undefined || elementId === place.element,
    );
    if (place.element !== undefined && elements.length === 0) {
      const those = found.elements.map(({ elementId, name }) => `${elementId} (${name})`).join(', ');
      throw new ConfigError(
        `${JSON.stringify(found.name)} has no element ${place.element} with data that can be exported.`,
        { advice: those === '' ? 'No other element of it has any.' : `It has ${those}.` },
      );
    }
    if (json) return printJson({ ...found, elements });
    if (elements.length === 0)
      return context.tell(`No element of ${found.name} has data that can be exported.`);
    process.stdout.write(settingsOf({ ...found, elements }, new Date(clock.now())));
  } finally {
    await client.close();
  }
}
