/** `check` of one export: is the element there, has it data, and are key, window and types among its columns? */
import type { EventBus } from '../../core/events/bus.ts';
import { columnNames } from '../../exports/decide/column-names.ts';
import type { ExportDefinition } from '../../exports/decide/definition.ts';
import { discoverWorkbook } from '../../exports/find/discover.ts';
import type { SigmaClient } from '../../sigma/client.ts';
import { resolveWorkbookId } from '../../sigma/workbook-id.ts';
import { type CheckLine, failed } from './check-line.ts';

/** Asks the API what the workbook has. Never throws for what it finds. */
export async function checkExport(
  context: { readonly client: SigmaClient; readonly events: EventBus; readonly signal: AbortSignal },
  definition: ExportDefinition,
): Promise<CheckLine> {
  const subject = `export ${definition.name}`;
  try {
    const workbookId = await resolveWorkbookId(context.client, definition.workbook, context);
    const workbook = await discoverWorkbook(context, workbookId);
    const element = workbook.elements.find(({ elementId }) => elementId === definition.element);
    if (element === undefined) {
      const detail = `${JSON.stringify(workbook.name)} has no element ${definition.element} with data`;
      const fix = `"sigma-sync exports discover ${workbookId}" prints those it has.`;
      return { subject, outcome: 'failed', detail, fix };
    }
    const { window, key, types, hide = {}, person = [] } = definition;
    // Columns can be named by their names in the table, too.
    const known = new Set([...element.labels, ...columnNames(element.labels).map(({ name }) => name)]);
    const unknownOf = (names: readonly string[]): string[] => names.filter((label) => !known.has(label));
    const needed = unknownOf([
      ...key,
      ...(window === undefined ? [] : [window.column]),
      ...Object.keys(hide),
      ...person,
    ]);
    const unknown = [...needed, ...unknownOf(Object.keys(types))];
    const detail = `${JSON.stringify(element.name)} of ${JSON.stringify(workbook.name)}, ${element.labels.length} columns`;
    if (unknown.length > 0) {
      const missing = `${detail}; no column is labelled ${unknown.map((label) => JSON.stringify(label)).join(', ')}`;
      const outcome = needed.length > 0 ? 'failed' : 'warning';
      return { subject, outcome, detail: missing, fix: `It has ${element.labels.join(', ')}.` };
    }
    if (window !== undefined && !workbook.dateControls.includes(window.control)) {
      const missing = `${detail}; the workbook has no date-range control ${window.control}`;
      const fix = `Its date-range controls: ${workbook.dateControls.join(', ') || 'none; add one in Sigma'}.`;
      return { subject, outcome: 'failed', detail: missing, fix };
    }
    return { subject, outcome: 'ok', detail };
  } catch (error) {
    return failed(subject, error);
  }
}
