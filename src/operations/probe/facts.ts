/**
 * The facts of docs/api-truth.md that reading can test, under the same ids. Each says what is expected and what was
 * seen, in words of its own.
 */
import { catalogue } from '../../extractors/catalogue.ts';
import { longIdOf } from '../../sigma/ids.ts';
import { segment } from '../../sigma/segment.ts';
import { kindsText } from './kinds.ts';
import type { Asked, Observation, Observer } from './observe.ts';
import type { ProbeRow } from './probe-row.ts';

type Verdict = Pick<ProbeRow, 'seen' | 'outcome'>;

/** A fact and how it is tested. */
export interface Fact {
  readonly id: string;
  readonly fact: string;
  readonly expected: string;
  readonly test: (seen: Observer) => Verdict | Promise<Verdict>;
}

const NOTHING: Verdict = { seen: 'nothing to see it by', outcome: 'not seen' };

function verdict(seen: string, isExpected: boolean): Verdict {
  return { seen, outcome: isExpected ? 'as expected' : 'differs' };
}

/** The kinds that a field of an endpoint has, nulls aside. */
function kinds(path: string, field: string, ...expected: readonly string[]): Fact['test'] {
  return ({ observations }) => {
    const seen = observations.get(path);
    const found = new Map(seen?.fields.get(field) ?? []);
    found.delete('null');
    if (seen === undefined || seen.entries === 0) return NOTHING;
    if (found.size === 0) return verdict(`no such field in ${seen.entries} entries`, expected.length === 0);
    return verdict(
      kindsText(found),
      [...found.keys()].every((kind) => expected.includes(kind)),
    );
  };
}

/** The status of one question; 200 says whether that is what is expected. */
function answers(
  path: string | ((seen: Observer) => string | undefined),
  query: Readonly<Record<string, string>>,
  ...expected: readonly number[]
): Fact['test'] {
  return async (seen) => {
    const asked = typeof path === 'string' ? path : path(seen);
    if (asked === undefined) return NOTHING;
    return statusVerdict(await seen.ask(asked, query), expected);
  };
}

function statusVerdict({ status }: Asked, expected: readonly number[]): Verdict {
  if (status === undefined) return { seen: 'no answer', outcome: 'not seen' };
  // A right that the credentials lack says nothing of the endpoint.
  if (status === 403 && !expected.includes(403)) return { seen: '403', outcome: 'not seen' };
  return verdict(String(status), expected.includes(status));
}

/** A path with the id of something that was read. */
const of =
  (stream: string, column: string, path: (id: string) => string) =>
  (seen: Observer): string | undefined => {
    const [id] = seen.values(stream, column);
    return id === undefined ? undefined : path(segment(id));
  };

function entriesOf({ body }: Asked): readonly Readonly<Record<string, unknown>>[] | undefined {
  if (typeof body !== 'object' || body === null || !('entries' in body)) return undefined;
  return Array.isArray(body.entries) ? body.entries : undefined;
}

/** The tokens of all endpoints that page in one way. */
function tokens(field: 'nextPage' | 'nextPageToken'): Fact['test'] {
  return ({ observations }) => {
    const found = new Map<string, number>();
    for (const { beside } of observations.values())
      for (const [kind, number] of beside.get(field) ?? [])
        if (kind !== 'null') found.set(kind, (found.get(kind) ?? 0) + number);
    if (found.size === 0) return NOTHING;
    return verdict(
      kindsText(found),
      ![...found.keys()].some((kind) => kind === 'number' || kind === 'object'),
    );
  };
}

/** True where `page=1` gives the page that comes without a page. */
async function firstPage(seen: Observer): Promise<Verdict> {
  const plain = entriesOf(await seen.ask('/v2.1/members', { limit: '2' }));
  const numbered = entriesOf(await seen.ask('/v2.1/members', { limit: '2', page: '1' }));
  if (plain === undefined || plain.length < 2) return NOTHING;
  if (numbered === undefined) return verdict('refused', false);
  const isSame = JSON.stringify(plain) === JSON.stringify(numbered);
  return verdict(isSame ? 'the first page' : 'another page', isSame);
}

async function dataFiles(seen: Observer): Promise<Verdict> {
  const { status } = await seen.ask('/v2/files', { typeFilters: 'data-model', limit: '1' });
  return statusVerdict({ status, body: undefined }, [200]);
}

async function tables(seen: Observer): Promise<Verdict> {
  const asked = await seen.ask('/v2/files', { typeFilters: 'table', limit: '20' });
  const entries = entriesOf(asked);
  if (entries === undefined) return statusVerdict(asked, [200]);
  if (entries.length === 0) return { seen: 'no entries', outcome: 'not seen' };
  const named = entries.filter((entry) => 'id' in entry && 'name' in entry && 'path' in entry).length;
  return verdict(`${named} of ${entries.length} with id, name and path`, named === entries.length);
}

async function bareList(seen: Observer): Promise<Verdict> {
  const { status, body } = await seen.ask('/v2/teams');
  if (status !== 200) return statusVerdict({ status, body }, [200]);
  return verdict(Array.isArray(body) ? 'a bare list' : 'pages', !Array.isArray(body));
}

function totals({ observations }: Observer): Verdict {
  const paged = [...observations.values()].filter(({ beside }: Observation) => beside.has('nextPage'));
  if (paged.length === 0) return NOTHING;
  const told = paged.filter(({ beside }) => beside.has('total')).length;
  return verdict(`${told} of ${paged.length} listings tell it`, told > 0);
}

/** Holds each short id against the long one of the same object. */
function arithmetic(seen: Observer): Verdict {
  const pairs = catalogue.flatMap(({ name, identifies }) =>
    identifies?.urlId === undefined ? [] : seen.pairs(name, identifies.id, identifies.urlId),
  );
  if (pairs.length === 0) return NOTHING;
  const same = pairs.filter(([id, urlId]) => longIdOf(urlId) === id.toLowerCase()).length;
  return verdict(`${same} of ${pairs.length}`, same === pairs.length);
}

const WORKBOOK = of('workbooks', 'workbook_id', (id) => `/v2/workbooks/${id}/sources`);
const LINEAGE = of('workbook_pages', 'workbook_id', (id) => `/v2/workbooks/${id}/lineage`);
const REPORT_LINEAGE = of('report_pages', 'report_id', (id) => `/v2/reports/${id}/lineage`);
const SHORT = 'short id';
const EITHER = ['long id', SHORT] as const;

/** All of them. */
export const FACTS: readonly Fact[] = [
  fact('grant-id', 'inodeId of /v2/grants', 'short id', kinds('/v2/grants', 'inodeId', SHORT)),
  fact(
    'grant-id-workspace',
    'inodeId of grants on workspaces',
    'long or short id',
    kinds('/v2/workspaces/{workspaceId}/grants', 'inodeId', ...EITHER),
  ),
  fact(
    'grant-id-connection',
    'inodeId of grants on connections',
    'long or short id',
    kinds('/v2/connections/{connectionId}/grants', 'inodeId', ...EITHER),
  ),
  fact(
    'grant-id-path',
    'inodeId of grants on connection paths',
    'long or short id',
    kinds('/v2/connections/paths/{connectionPathId}/grants', 'inodeId', ...EITHER),
  ),
  fact('long-id', 'workbookId', 'long id', kinds('/v2/workbooks', 'workbookId', 'long id')),
  fact('short-id', 'workbookUrlId', 'short id', kinds('/v2/workbooks', 'workbookUrlId', SHORT)),
  fact('short-id-sum', 'short ids that are the long ones in base 62', 'all', arithmetic),
  fact('version', 'latestVersion of workbooks', 'number', kinds('/v2/workbooks', 'latestVersion', 'number')),
  fact('changed', 'updatedAt of workbooks', 'time', kinds('/v2/workbooks', 'updatedAt', 'time')),
  fact(
    'column-type',
    'type of columns of workbooks',
    'object',
    kinds('/v2/workbooks/{workbookId}/columns', 'type', 'object'),
  ),
  fact(
    'column-type-model',
    'type of columns of data models',
    'object',
    kinds('/v2/dataModels/{dataModelId}/columns', 'type', 'object'),
  ),
  fact(
    'column-element',
    'elementId of columns of workbooks',
    'a text',
    kinds('/v2/workbooks/{workbookId}/columns', 'elementId', 'text', 'long id', SHORT, 'digits'),
  ),
  fact(
    'element-page',
    'pageId of the elements of a workbook',
    'no such field',
    kinds('/v2/workbooks/{workbookId}/elements', 'pageId'),
  ),
  fact('page-token', 'nextPage', 'a text that means nothing', tokens('nextPage')),
  fact('page-token-2', 'nextPageToken', 'a text that means nothing', tokens('nextPageToken')),
  fact('page-number', '/v2.1/members?page=1', 'the first page', firstPage),
  fact('total', 'total of listings', 'told by some', totals),
  fact('page-size', '/v2/workbooks?limit=1000', '200', answers('/v2/workbooks', { limit: '1000' }, 200)),
  fact('page-size-most', '/v2/workbooks?limit=1001', '400', answers('/v2/workbooks', { limit: '1001' }, 400)),
  fact('bare-list', '/v2/teams without a limit', 'pages', bareList),
  fact(
    'strict-sources',
    'sources of a workbook with a parameter',
    '400',
    answers(WORKBOOK, { limit: '1' }, 400),
  ),
  fact('document-lineage', 'lineage of a workbook', '200', answers(LINEAGE, { limit: '1' }, 200)),
  fact(
    'lineage-node',
    'source of the edges of an element',
    'inode id, or id of an element',
    kinds('/v2/workbooks/{workbookId}/lineage/elements/{elementId}', 'source', 'inode id', 'text'),
  ),
  fact('one-filter', '/v2/grants without a filter', '400', answers('/v2/grants', {}, 400)),
  fact(
    'everyones-models',
    '/v2/dataModels?skipPermissionCheck=true',
    '200',
    answers('/v2/dataModels', { skipPermissionCheck: 'true', limit: '1' }, 200),
  ),
  fact('file-kinds', '/v2/files?typeFilters=data-model', '200', dataFiles),
  fact('file-tables', '/v2/files?typeFilters=table', 'id, name and path', tables),
  fact('reports', '/v2/reports', '200', answers('/v2/reports', { limit: '1' }, 200)),
  fact('report-lineage', 'lineage of a report', '200', answers(REPORT_LINEAGE, { pageSize: '1' }, 200)),
  fact('tenants', '/v2/tenants', '200', answers('/v2/tenants', { pageSize: '1' }, 200)),
  fact('old-tenants', '/v3alpha/tenants', '404', answers('/v3alpha/tenants', { pageSize: '1' }, 404)),
  fact('unknown-endpoint', 'an endpoint that is not there', '404', answers('/v2/no-such-endpoint', {}, 404)),
];

function fact(id: string, about: string, expected: string, test: Fact['test']): Fact {
  return { id, fact: about, expected, test };
}
