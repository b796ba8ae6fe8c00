import { isEmbedded } from '../../../core/database/embedded/folder.ts';
import { type ResolvedId, resolveId } from '../../../exports/find/resolve-id.ts';
import { longIdOf } from '../../../sigma/ids.ts';
import { inContext } from '../../command-context.ts';
import { type JsonFlag, plain, print, printJson } from '../../output/tables.ts';

/** `id`: from what the browser shows to what the API takes. */
export const run = inContext(async (context, text: string, { json }: JsonFlag) => {
  const { url, directory } = context.config.database;
  const resolved = await resolveId(text, {
    // Asking must not make a database.
    database: url !== undefined || isEmbedded(directory) ? context.database : undefined,
    schemas: context.schemas,
    client: context.client,
    tell: context.tell,
    find: {
      events: context.events,
      pageSize: context.config.sigma.pageSize,
      signal: context.signal,
    },
  });
  // Nobody was asked: what the digits say is better than nothing, and is called what it is.
  const computedId = resolved.id === null ? longIdOf(resolved.shortId ?? '') : undefined;
  if (json === true) printJson({ ...resolved, ...(computedId === undefined ? {} : { computedId }) });
  else for (const line of linesOf(resolved, computedId)) print(line);
});

function linesOf(
  { kind, id, shortId, name, element, draft, source }: ResolvedId,
  computedId: string | undefined,
): string[] {
  const facts: [title: string, value: string | null][] = [
    ['kind', kind],
    ['name', name],
    ['id', id],
    ['id by digits', computedId ?? null],
    ['short id', shortId],
    ['element', element === null ? null : [element.id, element.name].filter(Boolean).join('  ')],
    ['draft', draft],
    ['known from', source === 'api' ? 'the API' : `the ${source}`],
  ];
  return facts.flatMap(([title, value]) => (value === null ? [] : [`${title.padEnd(13)} ${plain(value)}`]));
}
