import { ConfigError } from '../../../core/errors.ts';
import { insteadOfWorkbook, mayBeWorkbook } from '../../../exports/decide/definition.ts';
import { dataWorkbooks, discoverWorkbook, settingsOf } from '../../../exports/find/discover.ts';
import { parseSigmaId } from '../../../sigma/ids.ts';
import { resolveWorkbookId } from '../../../sigma/workbook-id.ts';
import { type CommandContext, inContext } from '../../command-context.ts';
import { type JsonFlag, print, printJson, printTable } from '../../output/tables.ts';

/** `exports discover`: elements that have data, as entries for the settings. */
export const run = inContext((context, workbook: string | undefined, { json }: JsonFlag) =>
  workbook === undefined
    ? listWorkbooks(context, json === true)
    : listElements(context, workbook, json === true),
);

async function listWorkbooks(context: CommandContext, json: boolean): Promise<void> {
  const workbooks = await dataWorkbooks(await context.database(), context.schemas);
  if (json) return printJson({ workbooks });
  printTable(workbooks, [
    { title: 'workbook', value: ({ name }) => name },
    { title: 'path', value: ({ path }) => path ?? '' },
    'elements',
    { title: 'id', value: ({ workbookId }) => workbookId },
    { title: '', value: ({ isAuditLog }) => (isAuditLog ? 'audit log' : '') },
  ]);
  print('\n"sigma-sync exports discover <id>" prints the entries of one.');
}

async function listElements(context: CommandContext, text: string, json: boolean): Promise<void> {
  const place = parseSigmaId(text);
  // The address says so by itself; nobody need be asked.
  if (!mayBeWorkbook(place)) {
    const { what, advice } = insteadOfWorkbook(place);
    throw new ConfigError(`This is the address of a ${what}.`, { advice });
  }
  const { events, signal, clock } = context;
  const client = await context.client();
  const workbookId = await resolveWorkbookId(client, place.id, { events, signal });
  const found = await discoverWorkbook({ client, events, signal }, workbookId);
  const elements = found.elements.filter(
    ({ elementId }) => place.element === undefined || elementId === place.element,
  );
  if (place.element !== undefined && elements.length === 0) {
    const those = found.elements.map(({ elementId, name }) => `${elementId} (${name})`).join(', ');
    throw new ConfigError(
      `${JSON.stringify(found.name)} has no element ${place.element} with data that can be exported.`,
      { advice: those === '' ? 'No other element has any.' : `It has ${those}.` },
    );
  }
  if (json) return printJson({ ...found, elements });
  if (elements.length === 0)
    return context.tell(`No element of ${found.name} has data that can be exported.`);
  process.stdout.write(settingsOf({ ...found, elements }, new Date(clock.now())));
}
