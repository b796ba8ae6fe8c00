/** The long id of a document that is exported: a workbook or a report. */
import { ConfigError } from '../core/errors.ts';
import type { SigmaClient } from './client.ts';
import { type FindOptions, findObject } from './find.ts';
import { isLongId, OF_REPORTS } from './ids.ts';

/** Documents that Sigma exports, each by an endpoint of its own. */
export type DocumentKind = 'workbook' | 'report';

/** A document by its long id. */
export interface DocumentId {
  readonly kind: DocumentKind;
  readonly id: string;
}

/**
 * Turns a short id of a workbook into the long one: the API documents that it takes no other [spec]. A UUID is given
 * back without a request.
 *
 * @throws ConfigError where the credentials see no workbook with this id; what `client.get` throws.
 */
export async function resolveWorkbookId(
  client: SigmaClient,
  id: string,
  options: FindOptions = {},
): Promise<string> {
  return (await resolveDocument(client, id, ['workbook'], options)).id;
}

/**
 * The document of an id that may be of either kind. A long id that neither has is taken for a workbook's.
 *
 * @throws ConfigError where the credentials see neither; what `client.get` throws.
 */
export async function resolveDocument(
  client: SigmaClient,
  id: string,
  kinds: readonly DocumentKind[],
  options: FindOptions = {},
): Promise<DocumentId> {
  const [only] = kinds;
  if (only !== undefined && kinds.length === 1 && isLongId(id)) return { kind: only, id };
  for (const kind of kinds) {
    const found = await findObject(client, kind, id, options);
    if (found !== undefined) return { kind, id: found.id };
  }
  if (isLongId(id)) return { kind: 'workbook', id };
  throw kinds.includes('report')
    ? notSeen(`no ${kinds.join(' or ')}`, id)
    : await noWorkbook(client, id, options);
}

/** The error for a workbook that is not seen: it tells where a report has the id. @throws what `client.get` throws */
export async function noWorkbook(
  client: SigmaClient,
  id: string,
  options: FindOptions & { readonly cause?: unknown } = {},
): Promise<ConfigError> {
  const report = await findObject(client, 'report', id, options);
  if (report === undefined) return notSeen('no workbook', id, options.cause);
  const name = report.name === undefined ? '' : ` ${JSON.stringify(report.name)}`;
  return new ConfigError(`${id} is the id of the report${name}, not of a workbook.`, {
    cause: options.cause,
    advice: `${OF_REPORTS}: show the data in a workbook, and give its address.`,
  });
}

function notSeen(what: string, id: string, cause?: unknown): ConfigError {
  return new ConfigError(`The credentials see ${what} with the id ${id}.`, {
    cause,
    advice:
      'Copy its address from the browser again, and check that the owner of the credentials may see it.',
  });
}
