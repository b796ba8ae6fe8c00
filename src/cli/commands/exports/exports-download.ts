import { relative } from 'node:path';
import type { Command } from 'commander';
import { ConfigError } from '../../../core/errors.ts';
import { bytesText, showDownload } from '../../../core/progress/download-line.ts';
import { insteadOfWorkbook, mayBeWorkbook } from '../../../exports/decide/definition.ts';
import { downloadFile, type SavedFile } from '../../../exports/files/download.ts';
import { type DownloadRequest, downloadBody } from '../../../exports/files/download-request.ts';
import { type OAuthOverride, oauthHeaders } from '../../../exports/read/oauth-headers.ts';
import { parseSigmaId } from '../../../sigma/ids.ts';
import { type CommandContext, withContext } from '../../command-context.ts';
import { type JsonFlag, print, printJson } from '../../output/tables.ts';

type Asked = 'format' | 'layout' | 'width' | 'height' | 'tag' | 'runAs' | 'rowLimit';

interface Flags extends JsonFlag, Pick<DownloadRequest, Asked> {
  readonly element?: string;
  readonly page?: string;
  readonly output?: string;
  readonly parameter?: Readonly<Record<string, string>>;
  readonly timeout: number;
  readonly oauthTokenEnv?: Readonly<Record<string, string>>;
  readonly rejectDefaultTokens?: true;
  readonly force?: true;
}

/** `exports download`: a file of a workbook, a page, an element or a report. */
export async function run(command: Command, workbook: string, flags: Flags): Promise<void> {
  const request = requestOf(workbook, flags);
  downloadBody(request);
  const tokens = oauthTokensFrom(flags.oauthTokenEnv ?? {}, process.env);
  await withContext(command, async (context) => {
    for (const { token } of tokens) context.addSecret(token);
    const saved = await download(context, request, tokens, flags);
    const { elementId, pageId, format } = request;
    const { document, ...file } = saved;
    const ids = { [document.kind === 'report' ? 'reportId' : 'workbookId']: document.id, elementId, pageId };
    if (flags.json === true) printJson({ ...file, ...ids, format });
    else print(`${bytesText(saved.bytes)} in ${shown(saved.path)}`);
  });
}

/** Saves the file, with a line of progress on a terminal. */
async function download(
  context: CommandContext,
  request: DownloadRequest,
  oauthOverrides: OAuthOverride[],
  { rejectDefaultTokens, output, force, timeout }: Flags,
): Promise<SavedFile & { durationMs: number }> {
  const { clock, events, config, signal } = context;
  const client = await context.client();
  const live = process.stderr.isTTY && config.log.format === 'text';
  const stopProgress = live ? showDownload(events, process.stderr, () => clock.now()) : undefined;
  const startedAt = clock.now();
  try {
    const saved = await downloadFile({
      ...{ client, clock, events, signal, request, output },
      headers: oauthHeaders({ oauthOverrides, rejectDefaultTokens: rejectDefaultTokens === true }),
      directory: process.cwd(),
      overwrite: force === true,
      timeoutMs: timeout * 60_000,
    });
    return { ...saved, durationMs: clock.now() - startedAt };
  } finally {
    stopProgress?.();
  }
}

/** The requested file, by its ids. @throws ConfigError */
function requestOf(
  workbook: string,
  { element, page, parameter: parameters, ...flags }: Flags,
): DownloadRequest {
  const place = parseSigmaId(workbook);
  const { id, element: selected } = place;
  const isReport = place.kind === 'report';
  if (!isReport && !mayBeWorkbook(place))
    throw new ConfigError(`<workbook> is the address of a ${insteadOfWorkbook(place).what}.`, {
      advice: 'Only workbooks, their pages and their elements, and reports can be downloaded.',
    });
  if (element !== undefined && selected !== undefined && element !== selected)
    throw new ConfigError(`--element is ${element}, but the address names ${selected}.`, {
      advice: 'Keep one of them.',
    });
  // Some element is selected in nearly every address; a page is only ever meant. A report is saved as a whole.
  const elementId = element ?? (page === undefined && !isReport ? selected : undefined);
  const kind = isReport ? 'report' : place.kind === 'workbook' ? 'workbook' : undefined;
  const { format, layout, width, height, tag, runAs, rowLimit } = flags;
  const options = { format, layout, width, height, parameters, tag, runAs, rowLimit };
  return { documentId: id, kind, elementId, pageId: page, ...options };
}

/** A path as it would be typed here. */
function shown(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') ? path : short;
}

/**
 * OAuth tokens of warehouses: from the environment, never from the command line, which every user can see.
 *
 * @param variables names of environment variables by the ids of connections
 * @throws ConfigError that names the connection only: somebody may have given the token itself.
 */
function oauthTokensFrom(
  variables: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string | undefined>>,
): OAuthOverride[] {
  return Object.entries(variables).map(([connection, variable]) => {
    const token = env[variable]?.trim() ?? '';
    if (token !== '') return { connection, token };
    throw new ConfigError(
      `--oauth-token-env: the environment variable for the connection ${connection} is not set, or empty.`,
      { advice: 'Put the token into an environment variable, and pass the name of that variable.' },
    );
  });
}
