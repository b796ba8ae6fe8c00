/** Comments on the columns of a table: the label each has in Sigma, and its formula. */
import { ApiError, NetworkError } from '../../core/errors.ts';
import { readListing } from '../../sigma/paging.ts';
import type { ExportEngine } from '../export-engine.ts';
import type { ExportDefinition } from '../decide/definition.ts';
import { streamOf } from '../read/source.ts';
import { commentColumns, knownColumns, type Target } from '../write/target.ts';

/** Asks for the formulas and writes the comments. The data is loaded by now: what can't be read is left out. */
export async function describeColumns(
  engine: ExportEngine,
  definition: ExportDefinition,
  workbookId: string,
  target: Target,
  signal: AbortSignal,
): Promise<void> {
  const formulas = await readFormulas(engine, definition, workbookId, signal);
  await engine.database.transaction(async (session) => {
    const columns = await knownColumns(session, engine.schemas, target);
    await commentColumns(session, target, columns, formulas);
  });
}

async function readFormulas(
  { client, events }: ExportEngine,
  definition: ExportDefinition,
  workbookId: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const formulas = new Map<string, string>();
  const path = `/v2/workbooks/${encodeURIComponent(workbookId)}/elements/${encodeURIComponent(definition.element)}/columns`;
  const listing = {
    path,
    paging: 'page',
    query: {},
    stream: streamOf(definition),
    partition: '',
    signal,
  } as const;
  try {
    for await (const { entries } of readListing(client, listing, { pageSize: 1000, events })) {
      for (const entry of entries) {
        if (typeof entry !== 'object' || entry === null || !('label' in entry) || !('formula' in entry))
          continue;
        if (typeof entry.label === 'string' && typeof entry.formula === 'string')
          formulas.set(entry.label, entry.formula);
      }
    }
  } catch (error) {
    if (!(error instanceof ApiError || error instanceof NetworkError)) throw error;
  }
  return formulas;
}
