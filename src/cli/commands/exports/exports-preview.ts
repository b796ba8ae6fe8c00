import { Command } from 'commander';
import { type ExportPreview, previewExport } from '../../../exports/find/preview.ts';
import { exportsNamed } from '../../../exports/select-exports.ts';
import { withContext } from '../../command-context.ts';
import { print, printJson, table } from '../../output/tables.ts';

/** `exports preview`: columns, types and ten rows of an export. */
export function exportsPreviewCommand(): Command {
  return new Command('preview')
    .description('show the columns that an export would have, and ten rows; nothing is written')
    .argument('<name>', 'name of an export')
    .option('--json', 'print it as JSON')
    .addHelpText('after', '\nExample:\n  $ sigma-sync exports preview audit_events\n')
    .action(async (name: string, { json }: { json?: boolean }, command: Command) => {
      await withContext(command, async (context) => {
        const [definition] = exportsNamed(context.exports, [name]);
        if (definition === undefined) return;
        const client = context.openClient();
        try {
          const preview = await previewExport({ ...context, client }, definition, context.signal);
          if (json === true) printJson(preview);
          else printPreview(preview, `${context.config.database.exportsSchema}.${definition.table}`);
        } finally {
          await client.close();
        }
      });
    });
}

/** Wide enough to recognise a value. */
const WIDEST_CELL = 32;

function printPreview({ columns, rows, sampled, window }: ExportPreview, target: string): void {
  const range = window === undefined ? '' : `, ${window.from.toISOString()} to ${window.to.toISOString()}`;
  print(`${target}: ${columns.length} columns, types from ${sampled} rows${range}\n`);
  const shape = table(columns, [
    { title: 'column', value: ({ name }) => name },
    {
      title: 'type',
      value: ({ sqlType, kind }) => (kind === 'unknown' ? `${sqlType} (no values yet)` : sqlType),
    },
    { title: 'label', value: ({ label }) => label },
  ]);
  for (const line of shape) print(line);
  print();
  const data = table(
    rows,
    columns.map(({ name }, i) => ({
      title: name,
      value: (row: readonly (string | null)[]) => shortened(row[i] ?? ''),
    })),
  );
  for (const line of data) print(line);
  if (rows.length === 0) print('No rows.');
}

function shortened(text: string): string {
  return text.length > WIDEST_CELL ? `${text.slice(0, WIDEST_CELL - 1)}…` : text;
}
