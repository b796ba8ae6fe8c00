/** Comments on the columns of a table: the label each has in Sigma, and its formula. */
import { ApiError, NetworkError } from '../../core/errors.ts';
import type { ExportEngine } from '../export-engine.ts';
import type { ExportDefinition } from '../decide/definition.ts';
import { streamOf } from '../read/source.ts';
import { entriesOf } from './entries.ts';
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
  try {
    for await (const { label, formula } of entriesOf({ client, events, signal }, path, streamOf(definition)))
      if (typeof label === 'string' && typeof formula === 'string') formulas.set(label, formula);
  } catch (error) {
    if (!(error instanceof ApiError || error instanceof NetworkError)) throw error;
  }
  return formulas;
}
