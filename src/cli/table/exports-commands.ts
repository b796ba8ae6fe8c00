/** The commands of `exports`: the data of workbook elements. */
import { DOWNLOAD_FORMATS } from '../../exports/files/download-formats.ts';
import { namedValues } from '../options/parsers.ts';
import { argument, type CommandGroup, choice, examples, json, number, option, time } from './declare.ts';

/** `exports`, with its commands. */
export const exportsGroup: CommandGroup = {
  name: 'exports',
  summary: 'export the data of workbook elements',
  commands: [
    {
      name: 'discover',
      summary: 'list elements that have data, as entries to paste into the settings',
      arguments: [argument('[workbook]', 'id of a workbook or its address in the browser')],
      options: [json('print what was found as JSON')],
      help: examples(
        'exports discover                                  workbooks with data, from what was synced',
        'exports discover https://app.sigmacomputing.com/acme/workbook/Sales-7sYWojYnccxJqdqkNKAw6S',
        'exports discover 7sYWojYnccxJqdqkNKAw6S --json',
      ),
      load: () => import('../commands/exports/exports-discover.ts'),
    },
    {
      name: 'preview',
      summary: 'show the columns of an export and ten rows; writes nothing',
      arguments: [argument('<name>', 'name of an export')],
      options: [json('print it as JSON')],
      help: examples('exports preview audit_events'),
      opensDatabase: false,
      load: () => import('../commands/exports/exports-preview.ts'),
    },
    {
      name: 'run',
      summary: 'load the data of the configured exports',
      arguments: [argument('[name...]', 'names of exports (default: all)')],
      options: [
        time('--from <time>', 'reload windows from this time (date or ISO 8601, UTC)'),
        time('--to <time>', 'reload windows up to this time (default: now)'),
        option('--accept-deletions', 'replace tables even if Sigma sent too few rows (least_rows)'),
        json('print the report as JSON'),
      ],
      help: examples(
        'exports run                                   all of them, due or not',
        'exports run audit_events --json',
        'exports run audit_events --from 2026-10-01 --to 2026-10-08',
        'exports run sales --accept-deletions          empties the table, if the element is empty',
      ),
      load: () => import('../commands/exports/exports-run.ts'),
    },
    {
      name: 'download',
      summary: 'save a file of a whole workbook or report, a page or an element',
      arguments: [argument('<workbook>', 'browser address (its :nodeId names the element) or id')],
      options: [
        choice('--format <format>', 'file format', DOWNLOAD_FORMATS).makeOptionMandatory(),
        option('--element <id>', 'save only this element'),
        option('--page <id>', 'save only this page'),
        choice('--layout <layout>', 'page layout of a pdf (default: portrait)', ['portrait', 'landscape']),
        number('--width <n>', 'width of a png in pixels', [1, 20_000]),
        number('--height <n>', 'height of a png in pixels', [1, 20_000]),
        option('--output <file>', 'path of the file (default: the name from Sigma, in this folder)'),
        option('--parameter <name=value>', 'value of a control, by its id; repeatable').argParser(
          namedValues('--parameter', 'name=value'),
        ),
        option('--tag <tag>', 'a tagged version instead of the published one'),
        option('--run-as <member>', 'export with the permissions of this member (id)'),
        number('--row-limit <n>', 'maximum rows', [1, 1_000_000]),
        number('--timeout <minutes>', 'give up after this time', [1, 1440], 60),
        option(
          '--oauth-token-env <connection=variable>',
          'read a connection with the OAuth token in this environment variable; repeatable',
        ).argParser(namedValues('--oauth-token-env', 'connection=VARIABLE')),
        option('--reject-default-tokens', 'fail if a connection has no such token'),
        option('--force', 'replace an existing file'),
        json('print what was saved as JSON'),
      ],
      help: `
Formats: a workbook as xlsx or pdf, a page also as png, an element in every format, a report as pdf.
Sigma exports at most 1,000,000 rows of an element. The command loads nothing into tables.
${examples(
  'exports download 7sYWojYnccxJqdqkNKAw6S --format pdf --layout landscape',
  'exports download 7sYWojYnccxJqdqkNKAw6S --page H4dbUSXkAl --format png --width 1600 --height 900',
  `exports download "https://app.sigmacomputing.com/acme/workbook/Sales-7sYWojYnccxJqdqkNKAw6S?:nodeId=Mkaex5leIG" \\
      --format csv \\
      --parameter Region=EMEA --parameter "Day=min:2026-01-01,max:2026-01-31" --output january.csv`,
  `exports download 7sYWojYnccxJqdqkNKAw6S --element Mkaex5leIG --format xlsx \\
      --oauth-token-env 1f8e9847-c705-41fe-93b0-b80bbaff9730=WAREHOUSE_TOKEN --reject-default-tokens`,
)}`,
      opensDatabase: false,
      load: () => import('../commands/exports/exports-download.ts'),
    },
  ],
};
