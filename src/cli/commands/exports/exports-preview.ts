import { type ExportPreview, previewExport } from '../../../exports/find/preview.ts';
import { exportsNamed } from '../../../exports/select-exports.ts';
import { inContext } from '../../command-context.ts';
import { type JsonFlag, print, printJson, printTable } from '../../output/tables.ts';

/** `exports preview`: columns, types and ten rows of an export. */
export const run = inContext(async (context, name: string, { json }: JsonFlag) => {
  const [definition] = exportsNamed(context.exports, [name]);
  if (definition === undefined) return;
  const client = await context.client();
  const preview = await previewExport({ ...context, client }, definition, context.signal);
  if (json === true) printJson(preview);
  else printPreview(preview, `${context.config.database.exportsSchema}.${definition.table}`);
});

/** Wide enough to recognise a value. */
const WIDEST_CELL = 32;

function printPreview({ columns, rows, sampled, window }: ExportPreview, target: string): void {
  const range = window === undefined ? '' : `, ${window.from.toISOString()} to ${window.to.toISOString()}`;
  print(`${target}: ${columns.length} columns, types from ${sampled} rows${range}\n`);
  printTable(columns, [
    { title: 'column', value: ({ name }) => name },
    {
      title: 'type',
      value: ({ sqlType, kind }) => (kind === 'unknown' ? `${sqlType} (no values yet)` : sqlType),
    },
    'label',
  ]);
  print();
  printTable(
    rows,
    columns.map(({ name }, i) => ({
      title: name,
      value: (row: readonly (string | null)[]) => shortened(row[i] ?? ''),
    })),
  );
  if (rows.length === 0) print('No rows.');
}

function shortened(text: string): string {
  return text.length > WIDEST_CELL ? `${text.slice(0, WIDEST_CELL - 1)}…` : text;
}
