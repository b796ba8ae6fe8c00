/** Exports as settings would declare them, for tests. */

import type { ElementPlace } from '../../simulator/exports/export-mutations.ts';
import type { ExportDefinition } from '../../src/exports/decide/definition.ts';

/** An export of an element into table `data`, replaced, unless `changes` say otherwise. */
export function definitionOf(
  { workbookId, elementId }: ElementPlace,
  changes: Partial<ExportDefinition> = {},
): ExportDefinition {
  return {
    name: 'data',
    workbook: workbookId,
    element: elementId,
    format: 'csv',
    table: changes.name ?? 'data',
    mode: 'replace',
    key: [],
    window: undefined,
    types: {},
    parameters: {},
    schedule: undefined,
    timeZone: 'UTC',
    schema: 'evolve',
    rowLimit: 1_000_000,
    timeoutMs: 60_000,
    tag: undefined,
    exportAs: undefined,
    oauthOverrides: [],
    rejectDefaultTokens: false,
    ...changes,
  };
}
