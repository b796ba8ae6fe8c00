import { text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { byDataModel } from '../shared/by-parent.ts';
import {
  columnFormula,
  columnId,
  columnKeyField,
  columnLabel,
  columnTypeFields,
} from '../shared/element-fields.ts';

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
    columnKey: columnKeyField,
    elementId: text('Element the column belongs to'),
    columnId,
    label: columnLabel('Title of the column'),
    formula: columnFormula,
    ...columnTypeFields,
  },
});
