/** Names endpoints: which declared path a request was for. Metrics and traces must not know single ids. */
import { TOKEN_PATH } from '../sigma/token.ts';
import { catalogue } from './catalogue.ts';
import { sourcesOf } from './stream.ts';

/** Placeholder for an id in a path. */
const ID = '{id}';

/** Paths that no stream declares: tokens, exports, and the single objects that a name or an address leads to. */
const OTHER_PATHS: readonly string[] = [
  TOKEN_PATH,
  '/v2/whoami',
  '/v2/workbooks/{id}/export',
  '/v2/query/{id}/download',
  ...[
    'workbooks',
    'dataModels',
    'datasets',
    'templates',
    'workspaces',
    'connections',
    'teams',
    'files',
  ].flatMap((name) => [`/v2/${name}`, `/v2/${name}/{id}`]),
];

/** Every path the connector asks for, ids as `{id}`, sorted: what `endpointOf` can give, besides `other`. */
export const ENDPOINTS: readonly string[] = [
  ...new Set(
    [
      ...OTHER_PATHS,
      ...catalogue.flatMap((stream) => [
        ...sourcesOf(stream).flatMap(({ listings }) => listings.map(({ path }) => path)),
        ...[stream.get, stream.subject].filter((path) => path !== undefined),
      ]),
    ].map((path) => path.replace(/\{\w+\}/g, ID)),
  ),
].sort();

/** Name for paths that no declaration has: a path of a later version, or a hostile one. */
export const OTHER_ENDPOINT = 'other';

interface Node {
  readonly next: Map<string, Node>;
  endpoint?: string;
}

const tree: Node = { next: new Map() };
for (const path of ENDPOINTS) {
  let node = tree;
  for (const part of partsOf(path)) {
    const next = node.next.get(part) ?? { next: new Map() };
    node.next.set(part, next);
    node = next;
  }
  node.endpoint = path;
}

/**
 * The declared path of a request, without its query; `other` where nothing declares it. So there are never more names
 * than declarations, whatever is asked for.
 *
 * @example endpointOf('/v2/workbooks/4f1c/pages?limit=1000') // '/v2/workbooks/{id}/pages'
 */
export function endpointOf(path: string): string {
  const end = path.search(/[?#]/);
  return find(tree, partsOf(end < 0 ? path : path.slice(0, end)), 0) ?? OTHER_ENDPOINT;
}

/** A word that is declared goes before an id; where it leads nowhere, it may be one. */
function find(node: Node, parts: readonly string[], index: number): string | undefined {
  const part = parts[index];
  if (part === undefined) return node.endpoint;
  for (const step of [part, ID]) {
    // An id has at least one character.
    if (step === ID && part === '') continue;
    const next = node.next.get(step);
    const found = next === undefined ? undefined : find(next, parts, index + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function partsOf(path: string): string[] {
  return path.split('/');
}

/** The area of an endpoint, for figures that need few series: `workbooks`, `token`, `export`, `download`, … */
export function areaOf(endpoint: string): string {
  if (endpoint === TOKEN_PATH) return 'token';
  if (endpoint.endsWith('/export')) return 'export';
  if (endpoint.endsWith('/download')) return 'download';
  const [, , first = OTHER_ENDPOINT] = endpoint.split('/');
  return first;
}
