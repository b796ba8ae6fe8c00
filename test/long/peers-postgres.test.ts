/**
 * Clients that others wrote read the simulator, unmodified: DataHub's connector into a file, and dagster-sigma.
 * `scripts/install-python.sh` installs them; without it these are skipped. No database is asked.
 */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { type Simulator, startSimulator } from '../../simulator/server.ts';
import { scratchFolder } from '../support/cli.ts';

const PEERS = resolve(import.meta.dirname, '../../.tmp/peers');
const DATAHUB = join(PEERS, 'datahub/bin/datahub');
const DAGSTER = join(PEERS, 'dagster/bin/python');

const ORGANIZATION = { seed: 5, workbooks: 60, members: 30, teams: 5, dataModels: 12, datasets: 15 };

type Json = Readonly<Record<string, unknown>>;

/** Runs a program with nothing of our environment, and gives what it printed. */
async function run(program: string, args: readonly string[], home: string): Promise<string> {
  const env = { PATH: process.env['PATH'], HOME: home, DATAHUB_TELEMETRY_ENABLED: 'false' };
  const { stdout } = await promisify(execFile)(program, args, { cwd: home, env, maxBuffer: 2 ** 28 });
  return stdout;
}

/** Workbooks that the owner of the credentials sees; tagged versions are some, but no files. */
function workbookIds({ organization }: Simulator, { tagged }: { readonly tagged: boolean }): string[] {
  return organization.workbooks.list
    .toArray()
    .filter(
      (one) => !one.hidden && !one.archived && !one.exploration && (tagged || one.taggedFrom === undefined),
    )
    .map(({ id }) => id)
    .sort();
}

it('DataHub finds every workbook, page, data model and dataset', async ({ skip }) => {
  if (!existsSync(DATAHUB)) skip('DataHub is not installed: scripts/install-python.sh');
  using folder = scratchFolder();
  await using simulator = await startSimulator({ organization: ORGANIZATION });
  const filename = join(folder.path, 'found.json');
  const credentials = { client_id: simulator.clientId, client_secret: simulator.clientSecret };
  const config = { api_url: `${simulator.url}/v2`, ...credentials, ingest_shared_entities: true };
  const recipe = { source: { type: 'sigma', config }, sink: { type: 'file', config: { filename } } };
  writeFileSync(join(folder.path, 'recipe.yml'), stringify(recipe));
  await run(DATAHUB, ['ingest', '-c', 'recipe.yml'], folder.path);

  const found = JSON.parse(readFileSync(filename, 'utf8')) as Json[];
  const aspects = (name: string): { urn: string; value: Json }[] =>
    found
      .filter(({ aspectName }) => aspectName === name)
      .map(({ entityUrn, aspect }) => ({ urn: String(entityUrn), value: (aspect as { json: Json }).json }));
  /** Urns of entities of a type, as DataHub calls it. */
  const ofType = (type: string): Set<string> =>
    new Set(
      aspects('subTypes')
        .filter(({ value }) => (value['typeNames'] as string[]).includes(type))
        .map(({ urn }) => urn),
    );
  const named = (aspect: string, property: string): string[] =>
    aspects(aspect)
      .map(({ value }) => (value['customProperties'] as Json | undefined)?.[property])
      .filter((value) => value !== undefined)
      .map(String)
      .sort();
  const idOf = (urn: string): string => /,([^,()]+)\)$/.exec(urn)?.[1] ?? urn;

  const { organization } = simulator;
  const workbooks = workbookIds(simulator, { tagged: false });
  expect(workbooks.length).toBeGreaterThan(30);
  expect([...ofType('Sigma Workbook')].map(idOf).sort()).toEqual(workbooks);
  const pages = organization
    .truth('workbook_pages')
    .filter(({ workbookId }) => workbooks.includes(String(workbookId)))
    .map(({ pageId }) => String(pageId));
  const dashboards = new Set(aspects('dashboardInfo').map(({ urn }) => idOf(urn)));
  expect([...pages, ...workbooks].filter((id) => !dashboards.has(id))).toEqual([]);
  // It asks without skipPermissionCheck.
  const models = organization.dataModels.list.toArray().filter(({ hidden }) => !hidden);
  expect(models.length).toBeGreaterThan(5);
  expect(new Set(named('containerProperties', 'dataModelId'))).toEqual(new Set(models.map(({ id }) => id)));
  const datasets = organization.datasets.list.toArray().filter(({ hidden }) => !hidden);
  expect(new Set(named('datasetProperties', 'datasetId'))).toEqual(new Set(datasets.map(({ id }) => id)));
  expect(new Set(named('containerProperties', 'workspaceId'))).toEqual(
    new Set(organization.truth('workspaces').map(({ workspaceId }) => workspaceId)),
  );
});

/** Prints what dagster-sigma found: its own methods, and nothing in between. */
const READ = `
import asyncio, json, sys, warnings
from dagster_sigma import SigmaFilter, SigmaOrganization
warnings.simplefilter('ignore')
url, client_id, client_secret = sys.argv[1:]
sigma = SigmaOrganization(base_url=url, client_id=client_id, client_secret=client_secret, warn_on_lineage_fetch_error=True)
async def read():
    data = await sigma.build_organization_data(sigma_filter=SigmaFilter(), fetch_column_data=True, fetch_lineage_data=False)
    whole = [await sigma.load_workbook_data(one.properties, fetch_lineage_data=True) for one in data.workbooks]
    return {
        'workbooks': [one.properties for one in whole],
        'edges': {one.properties['workbookId']: sum(len(l.get('edges', [])) for l in one.lineage) for one in whole},
        'schedules': sum(len(one.materialization_schedules) for one in whole),
        'datasets': [one.properties for one in data.datasets],
        'members': await sigma.build_member_id_to_email_mapping(),
    }
print(json.dumps(asyncio.run(read())))
`;

it('dagster-sigma reads workbooks with their lineage, datasets and members', async ({ skip }) => {
  if (!existsSync(DAGSTER)) skip('dagster-sigma is not installed: scripts/install-python.sh');
  using folder = scratchFolder();
  // It asks element by element; the lineage of a whole document has more edges.
  const novelties = { documentLineage: false };
  await using simulator = await startSimulator({ organization: ORGANIZATION, novelties });
  const { url, clientId, clientSecret, organization } = simulator;
  const printed = await run(DAGSTER, ['-c', READ, url, clientId, clientSecret], folder.path);
  const found = JSON.parse(printed) as {
    workbooks: Json[];
    edges: Record<string, number>;
    schedules: number;
    datasets: Json[];
    members: Record<string, string>;
  };
  const workbooks = workbookIds(simulator, { tagged: true });
  expect(found.workbooks.map(({ workbookId }) => String(workbookId)).sort()).toEqual(workbooks);
  const truth = new Map(organization.truth('workbooks').map((one) => [one['workbookId'], one]));
  for (const workbook of found.workbooks) expect(workbook).toEqual(truth.get(workbook['workbookId']));

  const ofThese = (stream: string): Json[] =>
    organization.truth(stream).filter(({ workbookId }) => workbooks.includes(String(workbookId)));
  const edges = new Map(workbooks.map((id) => [id, 0]));
  for (const { workbookId } of ofThese('workbook_lineage'))
    edges.set(String(workbookId), (edges.get(String(workbookId)) ?? 0) + 1);
  expect(ofThese('workbook_lineage').length).toBeGreaterThan(50);
  expect(new Map(Object.entries(found.edges))).toEqual(edges);
  expect(found.schedules).toBe(ofThese('workbook_materialization_schedules').length);

  const datasets = organization.datasets.list.toArray().filter(({ hidden }) => !hidden);
  expect(new Set(found.datasets.map((one) => one['datasetId']))).toEqual(
    new Set(datasets.map(({ id }) => id)),
  );
  const members = organization.truth('members').filter((one) => !one['isArchived'] && !one['isInactive']);
  expect(found.members).toEqual(Object.fromEntries(members.map((one) => [one['memberId'], one['email']])));
});
