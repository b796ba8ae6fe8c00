import { relative } from 'node:path';
import { Command, Option } from 'commander';
import { ConfigError } from '../../../core/errors.ts';
import { downloadFile } from '../../../exports/files/download.ts';
import {
  DOWNLOAD_FORMATS,
  type DownloadFormat,
  type DownloadRequest,
  downloadBody,
} from '../../../exports/files/download-request.ts';
import { oauthHeaders } from '../../../exports/read/oauth-headers.ts';
import { bytesText, showDownload } from '../../../core/progress/download-line.ts';
import { parseSigmaId } from '../../../sigma/ids.ts';
import { wholeNumber, withContext } from '../../command-context.ts';
import { oauthTokensFrom } from '../../options/oauth-tokens.ts';
import { print, printJson } from '../../output/tables.ts';
import { namedValues } from '../../options/pairs.ts';

const NOTES = `
A whole workbook comes as xlsx or pdf, a page also as png, an element in every format.
Sigma gives at most 1,000,000 rows of an element. Nothing is loaded into tables.

Examples:
  $ sigma-sync exports download 7sYWojYnccxJqdqkNKAw6S --format pdf --layout landscape
  $ sigma-sync exports download 7sYWojYnccxJqdqkNKAw6S --page H4dbUSXkAl --format png --width 1600 --height 900
  $ sigma-sync exports download "https://app.sigmacomputing.com/acme/workbook/Sales-7sYWojYnccxJqdqkNKAw6S?:nodeId=Mkaex5leIG" \\
      --format csv \\
      --parameter Region=EMEA --parameter "Day=min:2026-01-01,max:2026-01-31" --output january.csv
  $ sigma-sync exports download 7sYWojYnccxJqdqkNKAw6S --element Mkaex5leIG --format xlsx \\
      --oauth-token-env 1f8e9847-c705-41fe-93b0-b80bbaff9730=WAREHOUSE_TOKEN --reject-default-tokens
`;

interface Flags {
  readonly format: DownloadFormat;
  readonly element?: string;
  readonly page?: string;
  readonly layout?: 'portrait' | 'landscape';
  readonly width?: number;
  readonly height?: number;
  readonly output?: string;
  readonly parameter?: Readonly<Record<string, string>>;
  readonly tag?: string;
  readonly runAs?: string;
  readonly rowLimit?: number;
  readonly timeout: number;
  readonly oauthTokenEnv?: Readonly<Record<string, string>>;
  readonly rejectDefaultTokens?: true;
  readonly force?: true;
  readonly json?: true;
}

/** `exports download`: a file of a workbook, a page or an element. */
export function exportsDownloadCommand(): Command {
  const pixels = (name: string): ((text: string) => number) => wholeNumber(name, 1, 20_000);
  return new Command('download')
    .description('save a file of a whole workbook, a page or an element')
    .argument('<workbook>', 'its address in the browser, where :nodeId names the element, or its id')
    .addOption(new Option('--format <format>', 'of the file').choices(DOWNLOAD_FORMATS).makeOptionMandatory())
    .option('--element <id>', 'an element alone')
    .option('--page <id>', 'a page alone')
    .addOption(
      new Option('--layout <layout>', 'of a pdf (default: portrait)').choices(['portrait', 'landscape']),
    )
    .option('--width <n>', 'of a png, in pixels', pixels('--width'))
    .option('--height <n>', 'of a png, in pixels', pixels('--height'))
    .option('--output <file>', 'where to save it (default: the name Sigma gives, in this folder)')
    .option(
      '--parameter <name=value>',
      'value of a control, by its id; repeat it for others',
      namedValues('--parameter', 'name=value'),
    )
    .option('--tag <tag>', 'a tagged version instead of what is published')
    .option('--run-as <member>', 'id of the member whose rights apply')
    .option('--row-limit <n>', 'rows at most', wholeNumber('--row-limit', 1, 1_000_000))
    .option('--timeout <minutes>', 'give up when Sigma takes longer', wholeNumber('--timeout', 1, 1440), 60)
    .option(
      '--oauth-token-env <connection=variable>',
      'read a connection with the OAuth token in this environment variable; repeat it for others',
      namedValues('--oauth-token-env', 'connection=VARIABLE'),
    )
    .option('--reject-default-tokens', 'fail rather than read a connection without such a token')
    .option('--force', 'replace a file that is there')
    .option('--json', 'print what was saved as JSON')
    .addHelpText('after', NOTES)
    .action(async (workbook: string, flags: Flags, command: Command) => {
      const request = {
        ...placeOf(workbook, flags),
        format: flags.format,
        layout: flags.layout,
        width: flags.width,
        height: flags.height,
        parameters: flags.parameter,
        tag: flags.tag,
        runAs: flags.runAs,
        rowLimit: flags.rowLimit,
      };
      downloadBody(request);
      const tokens = oauthTokensFrom(flags.oauthTokenEnv ?? {}, process.env);
      await withContext(command, async (context) => {
        for (const { token } of tokens) context.addSecret(token);
        const { clock, events, config, signal } = context;
        const client = context.openClient();
        const live = process.stderr.isTTY && config.log.format === 'text';
        const stopProgress = live ? showDownload(events, process.stderr, () => clock.now()) : () => undefined;
        const startedAt = clock.now();
        try {
          const saved = await downloadFile({
            ...{ client, clock, events, signal, request },
            headers: oauthHeaders({
              oauthOverrides: tokens,
              rejectDefaultTokens: flags.rejectDefaultTokens === true,
            }),
            output: flags.output,
            directory: process.cwd(),
            overwrite: flags.force === true,
            timeoutMs: flags.timeout * 60_000,
          });
          stopProgress();
          const durationMs = clock.now() - startedAt;
          const { elementId, pageId, format } = request;
          if (flags.json === true) printJson({ ...saved, durationMs, elementId, pageId, format });
          else print(`${bytesText(saved.bytes)} in ${shown(saved.path)}`);
        } finally {
          stopProgress();
          await client.close();
        }
      });
    });
}

/** What was asked for, by its ids. @throws ConfigError */
function placeOf(
  workbook: string,
  { element, page }: Flags,
): Pick<DownloadRequest, 'workbookId' | 'elementId' | 'pageId'> {
  const { kind, id, element: selected } = parseSigmaId(workbook);
  if (!['workbook', 'unknown', 'element'].includes(kind))
    throw new ConfigError(`<workbook> is the address of a ${kind}.`, {
      advice: 'Only workbooks, their pages and their elements can be downloaded.',
    });
  if (element !== undefined && selected !== undefined && element !== selected)
    throw new ConfigError(`--element is ${element}, but the address names ${selected}.`, {
      advice: 'Keep one of them.',
    });
  // Some element is selected in nearly every address; a page is only ever meant.
  const elementId = element ?? (page === undefined ? selected : undefined);
  return { workbookId: id, elementId, pageId: page };
}

/** A path as it would be typed here. */
function shown(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') ? path : short;
}
