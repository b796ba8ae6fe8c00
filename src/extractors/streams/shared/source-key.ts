import { createHash } from 'node:crypto';
import { derived, json, sensitive, text } from '../../fields.ts';
import type { Field } from '../../stream.ts';
import { entryText } from './entry-text.ts';

const IDS = ['inodeId', 'dataModelId', 'datasetId', 'tableId', 'customSqlId'];

/**
 * Names a source, which has no id of its own: `type:id`, or `type:id@versionTagId` where a tagged version is meant.
 * Types appear over time [peer tap-sigma 67]; one without any of the known ids is named by a hash of the entry. Custom SQL
 * has an id since May 2026, by which an edited text is a change and not another source. [feature list, SDK, tap-sigma]
 *
 * @returns undefined for an entry that is nested more deeply than the stack is: it can't be stored either.
 */
export function sourceKey(entry: Readonly<Record<string, unknown>>): string | undefined {
  const type = entryText(entry, 'type') ?? '';
  const id = IDS.map((field) => entryText(entry, field)).find((value) => value !== undefined);
  if (id === undefined) {
    const hash = hashOf(entry);
    return hash === undefined ? undefined : `${type}:${hash}`;
  }
  const tag = entryText(entry, 'versionTagId');
  return tag === undefined ? `${type}:${id}` : `${type}:${id}@${tag}`;
}

/** Names what has no id; undefined where it is nested too deeply. */
export function hashOf(entry: unknown): string | undefined {
  try {
    return createHash('sha256').update(JSON.stringify(entry)).digest('hex').slice(0, 32);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Fields of every source. */
export const sourceFields: Readonly<Record<string, Field>> = {
  sourceKey: derived(text('Names the source: its type and id, and its version tag if it has one'), sourceKey),
  type: text('Kind of source: table, dataset, data-model, …'),
};

/** Additional fields of a source that is a data model. */
export const dataModelSourceFields: Readonly<Record<string, Field>> = {
  elementIds: json('Elements of that data model that are used'),
  versionTagId: text('Version tag by which that data model is used, or null'),
};

/** Additional fields of a source that is custom SQL. */
export const customSqlSourceFields: Readonly<Record<string, Field>> = {
  customSqlId: text('Custom SQL that is the source, or null'),
  connectionId: text('Connection that the custom SQL runs on'),
  definition: sensitive('sql', text('Its text; names tables and columns, and may hold literal values')),
};

/** The column for that data model's id. */
export const sourceDataModelId = text('Data model that is the source, or null', 'source_data_model_id');

/** A source of a workbook or a report. */
export const documentSourceFields: Readonly<Record<string, Field>> = {
  ...sourceFields,
  inodeId: text('Table or dataset that is the source, or null'),
  dataModelId: sourceDataModelId,
  ...dataModelSourceFields,
  ...customSqlSourceFields,
};
