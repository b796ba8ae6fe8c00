/** Ways to read each stream over HTTP, written without the simulator's own tables: each must give the truth. */
import { createHash } from 'node:crypto';
import type { TruthStream } from '../../../simulator/catalogue.ts';
import { shortId } from '../../../simulator/store/short-id.ts';
import type { Client, Json } from './api.ts';

type Way = (client: Client) => Promise<Json[]>;
type Read = (client: Client, path: string) => Promise<Json[]>;

const EVERYONE = 'includeArchived=true&includeInactive=true';
const WORKBOOKS = '/v2/workbooks?skipPermissionCheck=true&excludeExplorations=true';
const REPORTS = '/v2/reports?skipPermissionCheck=true';
const DATASETS = '/v2/datasets?skipPermissionCheck=true';

const paged: Read = (client, path) => client.all(path, 3);
const byToken: Read = (client, path) => client.allByToken(path, 2);
const array: Read = (client, path) => client.array(path);

/** Reads `path` for every parent; `{name}` in it is the parent's field, or the one `from` names. */
function per(
  parents: Way,
  path: string,
  keys: readonly string[],
  read: Read = paged,
  from: Readonly<Record<string, string>> = {},
): Way {
  return async (client) => {
    const value = (parent: Json, name: string): unknown => parent[from[name] ?? name];
    const found: Json[] = [];
    for (const parent of await parents(client)) {
      const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => String(value(parent, name)));
      const own = Object.fromEntries(keys.map((key) => [key, value(parent, key)]));
      for (const entry of await read(client, filled)) found.push({ ...own, ...entry });
    }
    return found;
  };
}

const derived =
  (way: Way, derive: (entry: Json) => Json): Way =>
  async (client) =>
    (await way(client)).map((entry) => ({ ...entry, ...derive(entry) }));

const keyedColumns = (way: Way): Way =>
  derived(way, ({ elementId, columnId, name, type }) => ({
    ...typed({ type }),
    label: name,
    columnKey: elementId === undefined ? columnId : `${elementId}/${columnId}`,
  }));

const only =
  (way: Way, keep: (entry: Json) => boolean): Way =>
  async (client) =>
    (await way(client)).filter(keep);

const isLive = (entry: Json): boolean => entry['isArchived'] === false;
const isFile = (entry: Json): boolean => entry['code'] === undefined;

const live: Way = (c) => c.all(WORKBOOKS);
const members: Way = (c) => c.all(`/v2.1/members?${EVERYONE}`);
const workspaces: Way = (c) => c.all('/v2.1/workspaces', 2);
const teams: Way = (c) => c.all('/v2.1/teams', 3);
const dataModels: Way = (c) => c.all('/v2/dataModels?skipPermissionCheck=true', 4);
const reports: Way = async (c) => [
  ...(await c.all(REPORTS, 2)),
  ...(await c.all(`${REPORTS}&isArchived=true`)),
];
const datasets: Way = (c) => c.all(DATASETS, 4);
const connections: Way = (c) => c.all('/v2/connections?includeArchived=true', 2);
const connectionPaths: Way = (c) => c.all('/v2/connections/paths', 7);
const attributes: Way = (c) => c.all('/v2/user-attributes', 2);
const accountTypes: Way = (c) => c.allByToken('/v2/accountTypes', 2);

const ofWorkbook = (path: string, read?: Read): Way =>
  per(live, `/v2/workbooks/{workbookId}${path}`, ['workbookId'], read);
const ofModel = (path: string, read?: Read): Way =>
  per(only(dataModels, isLive), `/v2/dataModels/{dataModelId}${path}`, ['dataModelId'], read);
const ofDataset = (path: string, read?: Read): Way =>
  per(only(datasets, isLive), `/v2/datasets/{datasetId}${path}`, ['datasetId'], read);
const ofReport = (path: string, read: Read = byToken): Way =>
  per(only(reports, isLive), `/v2/reports/{reportId}${path}`, ['reportId'], read);
const reportPages = ofReport('/pages');
const ofMember = (path: string): Way => only(per(members, path, ['memberId']), isFile);
const pages = ofWorkbook('/pages');
const elements = ofWorkbook('/elements');
const dataElements = only(elements, (e) => !['text', 'image', 'control'].includes(String(e['type'])));

function sourceKey(source: Json): string {
  const id =
    source['inodeId'] ??
    source['dataModelId'] ??
    source['datasetId'] ??
    source['tableId'] ??
    source['customSqlId'];
  const tag = source['versionTagId'];
  if (id !== undefined) return `${source['type']}:${id}${tag === undefined ? '' : `@${tag}`}`;
  const digest = createHash('sha256').update(JSON.stringify(source)).digest('hex');
  return `${source['type']}:${digest.slice(0, 32)}`;
}

/** Adds the key before the parent's id comes in front of the entry. */
const keyed =
  (read: Read): Read =>
  async (client, path) =>
    (await read(client, path)).map((source) => ({ ...source, sourceKey: sourceKey(source) }));

/** The source's own data model gives way to the one it is a source of. */
const modelSources: Read = async (client, path) =>
  (await keyed(byToken)(client, path)).map(({ dataModelId, ...source }) => ({
    ...source,
    ...(dataModelId !== undefined && { sourceDataModelId: dataModelId }),
  }));

/** A refusal means that there is nothing. */
const unlessRefused =
  (read: Read): Read =>
  async (client, path) =>
    (await client.get(path)).status === 400 ? [] : read(client, path);

/** The edges of a document. */
const edges =
  (parent: string, read: Read = paged): Read =>
  async (client, path) => {
    const documentId = path.split('/')[3];
    return (await unlessRefused(read)(client, path)).flatMap((node): Json[] => {
      const { elementId, sourceIds, definition, ...rest } = node;
      if (elementId !== undefined)
        return ((sourceIds ?? []) as string[]).map((source) => ({
          [parent]: documentId,
          elementId,
          source: source.startsWith('inode-') ? uuidOf(source.slice(6)) : source,
          target: elementId,
          type: 'source',
          sourceNode: null,
          targetNode: { elementId, dataSourceIds: rest['dataSourceIds'], nodeId: elementId, type: 'sheet' },
        }));
      const { inodeId, csvId, semanticViewId, dataModelId, name } = rest;
      const source =
        dataModelId === undefined ? (inodeId ?? csvId ?? semanticViewId ?? name) : `${dataModelId}/${name}`;
      return [
        {
          [parent]: documentId,
          ...{ elementId: documentId, source, target: documentId, type: 'document', targetNode: null },
          sourceType: rest['type'],
          sourceNode: { ...rest, nodeId: source },
          connectionId: rest['connectionId'],
          ...(definition !== undefined && { definition }),
        },
      ];
    });
  };

function uuidOf(shortId: string): string {
  const digits = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
  let value = 0n;
  for (const digit of shortId) value = value * 62n + BigInt(digits.indexOf(digit));
  return value
    .toString(16)
    .padStart(32, '0')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** The column of a table's place; what is gone has none. */
const place: Read = async (client, path) => {
  const { status, body } = await client.get(path);
  return status === 404 ? [] : [body];
};

const typed = (column: Json): Json => {
  const { type } = column;
  const whole = type as Json | undefined;
  const detail = Object.keys(whole ?? {}).length > 1 ? { typeDetail: whole } : {};
  return whole === undefined ? column : { ...column, type: whole['type'], ...detail };
};

const labelled: Read = async (client, path) =>
  (await paged(client, path)).map(({ name, ...column }) => typed({ ...column, label: name }));

const ofElement = (path: string, read?: Read): Way =>
  per(dataElements, `/v2/workbooks/{workbookId}${path}`, ['workbookId', 'elementId'], read);
const ofAttribute = (path: string): Way =>
  per(attributes, `/v2/user-attributes/{userAttributeId}${path}`, ['userAttributeId']);

/** The tables that sources and lineage name, each once. */
const namedTables: Way = async (c) => {
  const ids = [
    ...(await ofWorkbook('/sources', array)(c)),
    ...(await ofModel('/sources', byToken)(c)),
    ...(await ofDataset('/sources', array)(c)),
    ...(await ofReport('/sources', array)(c)),
    ...(await ofWorkbook('/lineage', unlessRefused(paged))(c)),
    ...(await ofModel('/lineage', unlessRefused(paged))(c)),
    ...(await ofReport('/lineage', unlessRefused(byToken))(c)),
  ].flatMap(({ type, inodeId, tableId }) => (type === 'table' ? [inodeId ?? tableId] : []));
  return [...new Set(ids)].map((inodeId) => ({ inodeId }));
};

/** Adds the id of a grant's object that the API does not send, which the listings of objects have. */
const withBothIds =
  (way: Way): Way =>
  async (client) => {
    const listed = [
      ...(await client.all('/v2/files')).map(({ id, urlId }) => [id, urlId]),
      ...(await client.all(WORKBOOKS)).map(({ workbookId, workbookUrlId }) => [workbookId, workbookUrlId]),
      ...(await client.all(`${WORKBOOKS}&isArchived=true`)).map((w) => [w['workbookId'], w['workbookUrlId']]),
      ...(await reports(client)).map(({ reportId, reportUrlId }) => [reportId, reportUrlId]),
      ...(await dataModels(client)).map(({ dataModelId, dataModelUrlId }) => [dataModelId, dataModelUrlId]),
      ...(await datasets(client)).map(({ datasetId, url }) => [datasetId, String(url).split('/').at(-1)]),
    ];
    return (await way(client)).map((grant) => {
      const [id, urlId] = listed.find((ids) => ids.includes(grant['inodeId'])) ?? [];
      return { ...grant, inodeId: id, inodeUrlId: urlId };
    });
  };

/** Every way to read a stream. A stream with a single way needs no line: syncs are held against its truth. */
export const WAYS: Partial<Readonly<Record<TruthStream, readonly Way[]>>> = {
  organization: [async (c) => [(await c.get('/v2/whoami')).body]],
  members: [members, (c) => c.all(`/v2/members?${EVERYONE}`, 7)],
  teams: [teams, (c) => c.all('/v2/teams')],
  team_members: [per(teams, '/v2/teams/{teamId}/members', ['teamId'])],
  workspaces: [workspaces, (c) => c.all('/v2/workspaces')],
  files: [(c) => c.all('/v2/files', 11), (c) => c.all('/v2/files', 1000)],
  workbooks: [
    async (c) => [...(await c.all(WORKBOOKS, 7)), ...(await c.all(`${WORKBOOKS}&isArchived=true`))],
  ],
  workbook_pages: [pages],
  workbook_elements: [
    per(pages, '/v2/workbooks/{workbookId}/pages/{pageId}/elements', ['workbookId', 'pageId']),
  ],
  grants: [
    withBothIds(async (c) => [
      ...(await per(teams, '/v2/grants?teamId={teamId}', [])(c)),
      ...(await per(members, '/v2/grants?userId={memberId}', [])(c)),
    ]),
  ],
  account_types: [accountTypes],
  account_type_permissions: [
    per(accountTypes, '/v2/accountTypes/{accountTypeId}/permissions', ['accountTypeId'], array),
  ],
  member_recent_files: [ofMember('/v2/members/{memberId}/files/recents')],
  member_favorites: [
    ofMember('/v2/members/{memberId}/files/favorites'),
    ofMember('/v2/favorites/member/{memberId}'),
  ],
  user_attributes: [attributes],
  user_attribute_members: [ofAttribute('/users')],
  user_attribute_teams: [ofAttribute('/teams')],
  workbook_columns: [
    ofWorkbook('/columns', labelled),
    ofElement('/elements/{elementId}/columns', async (c, path) => (await paged(c, path)).map(typed)),
  ],
  workbook_controls: [ofWorkbook('/controls')],
  workbook_queries: [ofWorkbook('/queries')],
  workbook_lineage: [ofWorkbook('/lineage', edges('workbookId'))],
  data_model_lineage: [ofModel('/lineage', edges('dataModelId'))],
  report_lineage: [ofReport('/lineage', edges('reportId', byToken))],
  source_tables: [per(namedTables, '/v2/connections/paths/{inodeId}', ['inodeId'], place)],
  workbook_sources: [ofWorkbook('/sources', keyed(array))],
  workbook_schedules: [
    per(live, '/v2.1/workbooks/{workbookId}/schedules', ['workbookId']),
    ofWorkbook('/schedules'),
    ofWorkbook('/schedules', array),
  ],
  workbook_materialization_schedules: [
    per(live, '/v2.1/workbooks/{workbookId}/materialization-schedules', ['workbookId']),
    ofWorkbook('/materialization-schedules'),
    ofWorkbook(
      '/materialization-schedules',
      async (c, path) => (await c.get(path)).body['entries'] as Json[],
    ),
  ],
  workbook_tags: [
    ofWorkbook('/tags'),
    // The listing of workbooks shows the same tags.
    async (c) =>
      (await live(c)).flatMap(({ workbookId, tags }) =>
        ((tags ?? []) as Json[]).map((tag) => ({ workbookId, ...tag })),
      ),
  ],
  workbook_bookmarks: [ofWorkbook('/bookmarks')],
  workbook_embeds: [ofWorkbook('/embeds')],
  workbook_versions: [ofWorkbook('/version-history')],
  templates: [(c) => c.all('/v2/templates', 3)],
  tags: [(c) => c.all('/v2/tags', 4)],
  translations: [
    derived(
      (c) => c.all('/v2/translations/organization', 3),
      ({ lng, lng_variant: variant }) => ({ translationKey: variant === null ? lng : `${lng}/${variant}` }),
    ),
  ],
  connections: [connections],
  connection_paths: [connectionPaths],
  data_models: [dataModels],
  data_model_elements: [ofModel('/elements')],
  data_model_columns: [keyedColumns(ofModel('/columns'))],
  data_model_sources: [ofModel('/sources', modelSources)],
  data_model_tags: [ofModel('/tags')],
  data_model_materialization_schedules: [ofModel('/materializationSchedules', byToken)],
  datasets: [derived(datasets, ({ url }) => ({ datasetUrlId: String(url).split('/').at(-1) }))],
  dataset_sources: [ofDataset('/sources', keyed(array))],
  dataset_materializations: [
    derived(ofDataset('/materialization'), ({ finishedAt }) => ({ materializationKey: finishedAt })),
  ],
  reports: [reports],
  report_pages: [reportPages],
  report_elements: [
    per(reportPages, '/v2/reports/{reportId}/pages/{pageId}/elements', ['reportId', 'pageId'], byToken),
  ],
  report_columns: [keyedColumns(ofReport('/columns'))],
  report_controls: [ofReport('/controls')],
  report_queries: [ofReport('/queries')],
  report_sources: [ofReport('/sources', keyed(array))],
  report_versions: [ofReport('/version-history')],
  report_tags: [
    ofReport('/tags'),
    // The listing of reports shows the same tags.
    async (c) =>
      (await only(reports, isLive)(c)).flatMap(({ reportId, tags }) =>
        ((tags ?? []) as Json[]).map((tag) => ({ reportId, ...tag })),
      ),
  ],
  report_schedules: [ofReport('/schedules', paged)],
  workspace_grants: [withBothIds(per(workspaces, '/v2/workspaces/{workspaceId}/grants', ['workspaceId']))],
  connection_grants: [
    derived(
      per(connections, '/v2/connections/{connectionId}/grants', ['connectionId']),
      ({ connectionId }) => ({ inodeUrlId: shortId(String(connectionId)) }),
    ),
  ],
  connection_path_grants: [
    derived(
      per(connectionPaths, '/v2/connections/paths/{connectionPathId}/grants', ['connectionPathId'], paged, {
        connectionPathId: 'urlId',
      }),
      ({ connectionPathId }) => ({ inodeUrlId: connectionPathId }),
    ),
  ],
  allowed_ips: [(c) => c.allByToken('/v3alpha/allowedIps', 3)],
  tenants: [(c) => c.allByToken('/v2/tenants', 1)],
};
