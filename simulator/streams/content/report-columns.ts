/** Columns of every report. */
import { allColumns, newerColumn, typeColumns, typed } from '../shared/columns.ts';
import { reportParent } from '../shared/report-table.ts';
import { BY_TOKEN, childStream } from '../stream.ts';

export const reportColumns = childStream(reportParent, {
  paths: [{ path: '/v2/reports/{reportId}/columns', novelty: 'reports', ...BY_TOKEN }],
  list: (store, report) =>
    allColumns(store, report).map((column) => ({ ...newerColumn(column), ...typed(store, column) })),
  derive: ({ elementId, columnId, name, type }) => ({
    ...typeColumns(type),
    columnKey: `${elementId}/${columnId}`,
    label: name,
  }),
});
