import { defineStream, derived, text } from '../../stream.ts';
import { byDataModel } from '../shared/by-parent.ts';
import { columnFormula, columnId, columnLabel, columnTypeFields } from '../shared/element-fields.ts';
import { entryText } from '../shared/entry-text.ts';

/** A column's id is unique in its element only, and the newer endpoint need not name that. */
export function columnKey(entry: Readonly<Record<string, unknown>>): string | undefined {
  const [element, column] = [entryText(entry, 'elementId'), entryText(entry, 'columnId')];
  return element === undefined || column === undefined ? column : `${element}/${column}`;
}

/** The endpoint exists since early 2026; what `workbook_columns` call a label is a name here. [peer tap-sigma] */
export const dataModelColumns = defineStream({
  name: 'data_model_columns',
  description: 'Columns of every data model that is not archived, with their formulas and types.',
  key: ['data_model_id', 'column_key'],
  sources: [
    { name: 'columns', listings: [{ path: '/v2/dataModels/{dataModelId}/columns', paging: 'page' }] },
  ],
  partitions: [[byDataModel]],
  params: { dataModelId: text('Data model') },
  fields: {
    columnKey: derived(text('element_id/column_id, or column_id where the API names no element'), columnKey),
    elementId: text('Element the column belongs to'),
    columnId,
    label: columnLabel('Title of the column'),
    formula: columnFormula,
    ...columnTypeFields,
  },
});
