/**
 * A client that others wrote, unmodified: the npm package sigma-computing-rest-api-sdk, generated from a newer
 * specification of the vendor's and corrected against the live API, reads every list that it knows from the
 * simulator. It gets the truth, or the simulator is wrong.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createSigmaClient } from 'sigma-computing-rest-api-sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { STREAMS, streamOf, type TruthStream } from '../../simulator/catalogue.ts';
import { type Simulator, startSimulator } from '../../simulator/server.ts';

type Client = ReturnType<typeof createSigmaClient>;
type Json = Record<string, unknown>;
type Way = (sdk: Client) => Promise<Json[]>;

interface Pages {
  toArray(): Promise<unknown>;
}

/** The SDK hangs methods on entries; all but those is what came. */
function asCame(entry: unknown): Json {
  const isMethods = (value: unknown): boolean =>
    typeof value === 'object' &&
    value !== null &&
    Object.keys(value).length > 0 &&
    Object.values(value).every((one) => typeof one === 'function');
  const fields = Object.entries(entry as Json);
  return Object.fromEntries(fields.filter(([, value]) => typeof value !== 'function' && !isMethods(value)));
}

async function all(pages: Pages): Promise<Json[]> {
  return ((await pages.toArray()) as unknown[]).map(asCame);
}

/** Lists the children of each parent, with the parent's ids in front of their fields, as the truth has them. */
async function each(
  parents: readonly Json[],
  ids: Readonly<Record<string, string>>,
  list: (parent: Readonly<Record<string, string>>) => Pages | Promise<unknown>,
): Promise<Json[]> {
  const found = parents.map(async (parent) => {
    const own = Object.fromEntries(Object.entries(ids).map(([to, from]) => [to, String(parent[from])]));
    const listed = list(own);
    const entries = 'toArray' in listed ? await all(listed) : ((await listed) as Json[]).map(asCame);
    return entries.map((entry): Json => ({ ...entry, ...own }));
  });
  return (await Promise.all(found)).flat();
}

const everyMember = { includeArchived: true, includeInactive: true } as const;
const live = { skipPermissionCheck: true, excludeExplorations: true } as const;
const id = (name: string): Record<string, string> => ({ [name]: name });

const members: Way = (sdk) => all(sdk.members.listAll(everyMember));
const teams: Way = (sdk) => all(sdk.teams.listAll());
const workspaces: Way = (sdk) => all(sdk.workspaces.listAll());
const workbooks: Way = (sdk) => all(sdk.workbooks.listAll(live));
const connections: Way = (sdk) => all(sdk.connections.listAll({ includeArchived: true }));
const paths: Way = (sdk) => all(sdk.connections.listPathsAll());
const models: Way = async (sdk) =>
  (await all(sdk.dataModels.listAll({ skipPermissionCheck: true }))).filter(isLive);
const datasets: Way = async (sdk) =>
  (await all(sdk.datasets.listAll({ skipPermissionCheck: true }))).filter(isLive);
const attributes: Way = (sdk) => all(sdk.userAttributes.listAll());
const accountTypes: Way = (sdk) => all(sdk.accountTypes.listAll());
const isLive = (entry: Json): boolean => entry['isArchived'] === false;
const noErrors = (entries: readonly Json[]): Json[] => entries.filter((entry) => !('code' in entry));

const providers: Way = (sdk) => all(sdk.saml.listServiceProvidersAll());
const reports: Way = (sdk) => all(sdk.reports.listAll({ skipPermissionCheck: true }));

type OfWorkbook = (sdk: Client, workbookId: string) => Pages | Promise<unknown>;
const ofWorkbook =
  (list: OfWorkbook): Way =>
  async (sdk) =>
    each(await workbooks(sdk), id('workbookId'), (own) => list(sdk, own['workbookId'] ?? ''));
const ofReport =
  (list: OfWorkbook): Way =>
  async (sdk) =>
    each(await reports(sdk), id('reportId'), (own) => list(sdk, own['reportId'] ?? ''));
const ofModel =
  (list: OfWorkbook): Way =>
  async (sdk) =>
    each(await models(sdk), id('dataModelId'), (own) => list(sdk, own['dataModelId'] ?? ''));
const ofMember =
  (list: OfWorkbook): Way =>
  async (sdk) =>
    noErrors(await each(await members(sdk), id('memberId'), (own) => list(sdk, own['memberId'] ?? '')));

/** The schedules that members own on documents that are not archived; `key` names the document. */
const ofOwners =
  (key: string, documents: Way): Way =>
  async (sdk) => {
    const known = new Set((await documents(sdk)).filter(isLive).map((one) => one[key]));
    const owned = await ofMember((_, one) => sdk.members.listSchedulesAll(one, { limit: 2 }))(sdk);
    return owned.filter((one) => known.has(one[key])).map(({ memberId: _, ...entry }) => entry);
  };

/** All ways in which the SDK reads a stream. */
const WAYS: Partial<Record<TruthStream, readonly Way[]>> = {
  organization: [async (sdk) => [asCame(await sdk.whoami.get())]],
  members: [members, (sdk) => all(sdk.members.list_v2All({ ...everyMember, limit: 7 }))],
  teams: [teams, (sdk) => all(sdk.teams.list_v2All({ limit: 3 }))],
  team_members: [
    async (sdk) =>
      each(await teams(sdk), id('teamId'), ({ teamId = '' }) => sdk.teams.listMembersAll(teamId)),
  ],
  workspaces: [workspaces, (sdk) => all(sdk.workspaces.list_v2All({ limit: 2 }))],
  files: [(sdk) => all(sdk.files.listAll()), (sdk) => all(sdk.files.listAll({ permissionFilter: 'view' }))],
  workbooks: [
    async (sdk) => [
      ...(await workbooks(sdk)),
      ...(await all(sdk.workbooks.listAll({ ...live, isArchived: true }))),
    ],
  ],
  grants: [
    async (sdk) => [
      ...(await each(await members(sdk), id('memberId'), ({ memberId = '' }) =>
        sdk.grants.listAll({ userId: memberId, limit: 3 }),
      )),
      ...(await each(await teams(sdk), id('teamId'), ({ teamId = '' }) => sdk.grants.listAll({ teamId }))),
    ],
  ],
  workspace_grants: [
    async (sdk) =>
      each(await workspaces(sdk), id('workspaceId'), ({ workspaceId = '' }) =>
        sdk.workspaces.listGrantsAll(workspaceId),
      ),
  ],
  connection_grants: [
    async (sdk) =>
      each(await connections(sdk), id('connectionId'), ({ connectionId = '' }) =>
        sdk.connections.listGrantsAll(connectionId),
      ),
  ],
  connection_path_grants: [
    async (sdk) =>
      each(await paths(sdk), { connectionPathId: 'urlId' }, ({ connectionPathId = '' }) =>
        sdk.connections.listPathGrantsAll(connectionPathId),
      ),
  ],
  account_types: [accountTypes],
  account_type_permissions: [
    async (sdk) =>
      each(await accountTypes(sdk), id('accountTypeId'), ({ accountTypeId = '' }) =>
        sdk.accountTypes.listPermissions(accountTypeId),
      ),
  ],
  user_attributes: [attributes],
  user_attribute_members: [
    async (sdk) =>
      each(await attributes(sdk), id('userAttributeId'), ({ userAttributeId = '' }) =>
        sdk.userAttributes.listUserAssignmentsAll(userAttributeId),
      ),
  ],
  user_attribute_teams: [
    async (sdk) =>
      each(await attributes(sdk), id('userAttributeId'), ({ userAttributeId = '' }) =>
        sdk.userAttributes.listTeamAssignmentsAll(userAttributeId),
      ),
  ],
  member_recent_files: [ofMember((sdk, one) => sdk.members.listRecentInodesAll(one))],
  member_favorites: [
    ofMember((sdk, one) => sdk.members.listFavoriteInodesAll(one)),
    ofMember((sdk, one) => sdk.favorites.listAll(one)),
  ],
  workbook_pages: [ofWorkbook((sdk, one) => sdk.workbooks.listPagesAll(one))],
  workbook_elements: [
    ofWorkbook((sdk, one) => sdk.workbooks.listElementsAll(one, { limit: 3 })),
    async (sdk) =>
      each(
        await ofWorkbook((_, one) => sdk.workbooks.listPagesAll(one))(sdk),
        { workbookId: 'workbookId', pageId: 'pageId' },
        ({ workbookId = '', pageId = '' }) => sdk.workbooks.listPageElementsAll(workbookId, pageId),
      ),
  ],
  reports: [
    async (sdk) => [
      ...(await reports(sdk)),
      ...(await all(sdk.reports.listAll({ skipPermissionCheck: true, isArchived: true }))),
    ],
  ],
  api_connectors: [(sdk) => all(sdk.apiConnectors.listAll())],
  api_credentials: [(sdk) => all(sdk.apiCredentials.listAll())],
  deployment_policies: [(sdk) => all(sdk.deploymentPolicies.listAll())],
  source_swap_policies: [(sdk) => all(sdk.sourceSwapPolicies.listAll())],
  saml_service_providers: [providers],
  saml_certificates: [
    async (sdk) =>
      each(await providers(sdk), id('samlServiceProviderId'), (own) =>
        sdk.saml.listServiceProviderCertificatesAll(own['samlServiceProviderId'] ?? ''),
      ),
  ],
  tenants: [(sdk) => all(sdk.tenants.listAll())],
  report_schedules: [
    ofReport((sdk, one) => sdk.reports.listSchedulesAll(one)),
    ofOwners('reportId', reports),
  ],
  report_sources: [ofReport((sdk, one) => sdk.reports.listSources(one))],
  workbook_columns: [
    async (sdk) => {
      const columns = await ofWorkbook((_, one) => sdk.workbooks.listColumnsAll(one))(sdk);
      return columns.map(({ name, ...column }) => ({ ...column, label: name }));
    },
  ],
  workbook_controls: [ofWorkbook((sdk, one) => sdk.workbooks.listControlsAll(one))],
  workbook_queries: [ofWorkbook((sdk, one) => sdk.workbooks.listQueriesAll(one))],
  workbook_sources: [ofWorkbook((sdk, one) => sdk.workbooks.listSources(one))],
  workbook_schedules: [
    ofWorkbook((sdk, one) => sdk.workbooks.listSchedulesAll(one)),
    ofWorkbook((sdk, one) => sdk.workbooks.listSchedules_v2All(one, { limit: 1 })),
    ofOwners('workbookId', workbooks),
  ],
  workbook_materialization_schedules: [
    ofWorkbook((sdk, one) => sdk.workbooks.listMaterializationSchedulesAll(one)),
    ofWorkbook((sdk, one) => sdk.workbooks.listMaterializationSchedules_v2All(one)),
  ],
  workbook_tags: [ofWorkbook((sdk, one) => sdk.workbooks.listTagsAll(one))],
  workbook_bookmarks: [ofWorkbook((sdk, one) => sdk.workbooks.listBookmarksAll(one))],
  workbook_embeds: [ofWorkbook((sdk, one) => sdk.workbooks.listEmbedsAll(one))],
  workbook_versions: [ofWorkbook((sdk, one) => sdk.workbooks.listVersionHistoryAll(one))],
  templates: [(sdk) => all(sdk.templates.listAll())],
  tags: [(sdk) => all(sdk.tags.listAll())],
  translations: [(sdk) => all(sdk.translations.listOrgLocalesAll())],
  connections: [connections],
  connection_paths: [paths],
  data_models: [(sdk) => all(sdk.dataModels.listAll({ skipPermissionCheck: true }))],
  data_model_elements: [ofModel((sdk, one) => sdk.dataModels.listElementsAll(one))],
  data_model_columns: [ofModel((sdk, one) => sdk.dataModels.listColumnsAll(one, { limit: 2 }))],
  data_model_sources: [ofModel((sdk, one) => sdk.dataModels.listSourcesAll(one, { pageSize: 1 }))],
  data_model_tags: [ofModel((sdk, one) => sdk.dataModels.listTagsAll(one))],
  data_model_materialization_schedules: [
    ofModel((sdk, one) => sdk.dataModels.listMaterializationSchedulesAll(one)),
  ],
  datasets: [(sdk) => all(sdk.datasets.listAll({ skipPermissionCheck: true }))],
  dataset_sources: [
    async (sdk) =>
      each(await datasets(sdk), id('datasetId'), ({ datasetId = '' }) => sdk.datasets.listSources(datasetId)),
  ],
  dataset_materializations: [
    async (sdk) =>
      each(await datasets(sdk), id('datasetId'), ({ datasetId = '' }) =>
        sdk.datasets.listMaterializationsAll(datasetId),
      ),
  ],
  allowed_ips: [(sdk) => all(sdk.allowedIps.listV3AlphaAll())],
};

/** Streams that it does not read, or not where they are. */
const UNREAD: Partial<Record<TruthStream, string>> = {
  workbook_lineage: 'a refusal is an answer there, and an exception to it: a test of its own',
  data_model_lineage: 'likewise',
  source_tables: 'named by sources and lineage, not listed',
};

/**
 * Fields that the truth may have beside those of the answer: derived keys, names given twice, the page of an element.
 */
const DERIVED = [
  'pageId',
  'sourceKey',
  'columnKey',
  'translationKey',
  'materializationKey',
  'sourceDataModelId',
  'label',
  'inodeUrlId',
  'datasetUrlId',
];

let simulator: Simulator;
let sdk: Client;

beforeAll(async () => {
  const sizes = { workbooks: 60, members: 60, teams: 7, grants: 400, dataModels: 14, datasets: 20 };
  simulator = await startSimulator({ organization: { seed: 11, ...sizes, connections: 6 } });
  simulator.organization.mutate(100);
  simulator.organization.tagWorkbook();
  const { url: baseUrl, clientId, clientSecret } = simulator;
  sdk = createSigmaClient({ baseUrl, clientId, clientSecret });
});
afterAll(() => simulator.close());

/** An entry in a form that can be compared: its own fields in order, without those in `without`. */
function comparable(entry: Json, without: readonly string[]): string {
  const fields = Object.entries(entry).filter(([name]) => !without.includes(name));
  return JSON.stringify(fields.sort(([a], [b]) => (a < b ? -1 : 1)));
}

test.each(Object.entries(WAYS))('%s', async (stream, ways) => {
  const truth = simulator.organization.truth(stream);
  expect(truth.length).toBeGreaterThan(0);
  for (const read of ways) {
    const came = await read(sdk);
    const got = stream === 'grants' ? came.map(withLongId) : came;
    const fields = new Set(got.flatMap((entry) => Object.keys(entry)));
    const withTypes = stream.endsWith('_columns') ? got.map(typed) : got;
    const without = DERIVED.filter((name) => !fields.has(name));
    const compare = (entry: Json): string => comparable(entry, without);
    expect(withTypes.map(compare).sort()).toEqual(truth.map(compare).sort());
  }
});

/** The type of a column is an object; the truth has its name, and all of it where that says more. */
function typed(column: Json): Json {
  const type = (column['type'] ?? {}) as Json;
  const detail = Object.keys(type).length > 1 ? { typeDetail: type } : {};
  return { ...column, type: type['type'], ...detail };
}

/** The SDK renames the short id of a grant, and raises where it is a long one. */
function withLongId({ urlId, ...grant }: Json): Json {
  const { workbooks, reports: r, workspaces, folders, dataModels, datasets } = simulator.organization;
  for (const { list } of [workbooks, r, workspaces, folders, dataModels, datasets])
    for (const inode of list) if (inode.urlId === urlId) return { ...grant, inodeId: inode.id };
  return { ...grant, inodeId: `unknown ${urlId}` };
}

test('a grant with a long id is what it refuses', async () => {
  const { organization } = simulator;
  await using older = await startSimulator({ organization, novelties: { shortGrantIds: false } });
  const { url: baseUrl, clientId, clientSecret } = older;
  const other = createSigmaClient({ baseUrl, clientId, clientSecret });
  const [grant] = organization.truth('grants');
  await expect(other.grants.get(String(grant?.['grantId']))).rejects.toThrow('does not match');
});

test('the teams of each member', async () => {
  const memberships = simulator.organization.truth('team_members');
  for (const { memberId } of simulator.organization.truth('members').slice(0, 20)) {
    const found = await all(sdk.members.listTeamsAll(String(memberId)));
    const own = memberships.filter(({ userId }) => userId === memberId).map(({ teamId }) => teamId);
    expect(new Set(found.map(({ teamId }) => teamId))).toEqual(new Set(own));
  }
});

test('a report as a PDF', async () => {
  const [report] = simulator.organization.truth('reports').filter(isLive);
  const format = { type: 'pdf', layout: 'landscape' } as const;
  const { queryId } = await sdk.reports.export(String(report?.['reportId']), { format });
  expect(simulator.exports.jobs.find(queryId, 0)?.file).toBeDefined();
});

test('the edges of elements, where they are not refused', async () => {
  // The edges of a whole document are more than those of its elements.
  await using older = await startSimulator({
    organization: { seed: 12, workbooks: 30 },
    novelties: { documentLineage: false },
  });
  const { url: baseUrl, clientId, clientSecret } = older;
  const sdk = createSigmaClient({ baseUrl, clientId, clientSecret });
  const truth = older.organization.truth('workbook_lineage');
  const elements = new Set(truth.map(({ workbookId, elementId }) => `${workbookId} ${elementId}`));
  expect(elements.size).toBeGreaterThan(0);
  for (const element of [...elements].slice(0, 30)) {
    const [workbookId = '', elementId = ''] = element.split(' ');
    const { edges } = await sdk.workbooks.listLineage(workbookId, elementId);
    const own = truth.filter((edge) => edge['workbookId'] === workbookId && edge['elementId'] === elementId);
    expect(edges).toHaveLength(own.length);
  }
});

test('every list that it has is read, or it is said why not', () => {
  const known = [...Object.keys(WAYS), ...Object.keys(UNREAD)];
  const code = readFileSync(fileURLToPath(import.meta.resolve('sigma-computing-rest-api-sdk')), 'utf8');
  const paths = new Set([...code.matchAll(/client\.GET\(\s*"([^"]+)"/g)].map(([, path]) => path));
  expect(paths.size).toBeGreaterThan(50);
  const isIts = (stream: TruthStream): boolean =>
    streamOf(stream).endpoints.some(({ path }) => paths.has(path));
  expect(STREAMS.filter((stream) => isIts(stream) && !known.includes(stream))).toEqual([]);
  expect(STREAMS.filter((stream) => !isIts(stream)).length).toBeGreaterThan(0);
});
