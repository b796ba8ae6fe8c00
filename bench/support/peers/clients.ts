/** Clients that move streams of Sigma into PostgreSQL, others' and ours, each as its user would run it. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { note } from '../output.ts';
import type { Target } from '../target.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const DLT = join(ROOT, '.tmp/peers/dlt/bin/python');
const TAP = join(ROOT, '.tmp/peers/tap-sigma/bin/tap-sigma');
const TARGET = join(ROOT, '.tmp/targets/meltanolabs/bin/target-postgres');
/** Our default schema; the other clients get it as an option. */
const SCHEMA = 'sigma';

/** The streams that `dlt_sync.py` loads. */
const SIX = ['members', 'teams', 'workbooks', 'workbook_pages', 'workbook_controls', 'grants'];

/** The key of these is a field that the API does not send any more: the target ends at their first row. */
const UNUSABLE = new Set(['data_model_columns', 'tags']);

/** Tables that the tap names differently. Elements of a workbook and of its pages are one table of ours. */
const OTHER_NAMES = new Map([
  ['member_teams', 'team_members'],
  ['translation_files', 'translations'],
  ['workbook_page_elements', 'workbook_elements'],
]);

/** A simulator, and an empty database with a folder beside it. */
export interface Place {
  readonly sigma: Readonly<Record<string, string>>;
  readonly target: Target;
}

/** A client. */
export interface Client {
  readonly name: string;
  /** The peer whose streams it loads. */
  readonly peer: 'dlt' | 'tap-sigma';
  /** Tables that it fills, and where. */
  readonly tables: readonly string[];
  readonly schema: string;
  /** Programs that are joined by pipes. */
  commands(place: Place): readonly (readonly string[])[];
}

/** Clients that load the streams of one peer: the peer, ours and, with `against`, an older build of ours. */
export function findClients(against: string | undefined): readonly Client[] {
  const install = [join(ROOT, 'scripts/install-python.sh'), 'dlt', 'meltanolabs', 'tap-sigma'];
  execFileSync('bash', install, { stdio: ['ignore', 2, 2] });
  const clients: Client[] = [];
  const add = (peer: Client, streams: readonly string[]): void => {
    clients.push(peer, ours('sigma-sync', ROOT, peer.peer, streams));
    if (against !== undefined) clients.push(ours('before', resolve(against), peer.peer, streams));
  };
  if (existsSync(DLT)) add(dlt, SIX);
  else note('dlt is left out: it could not be installed.');
  if (existsSync(TAP) && existsSync(TARGET)) {
    const catalogue = discover();
    const peer = tapWith(catalogue);
    const streams = [...new Set(peer.tables.map((name) => OTHER_NAMES.get(name) ?? name))];
    add(peer, streams);
    clients.push(emitting(streams));
  } else note('tap-sigma is left out: it or its target could not be installed.');
  return clients;
}

function ours(name: string, folder: string, peer: Client['peer'], streams: readonly string[]): Client {
  const command = [process.execPath, join(folder, 'bin/sigma-sync.js'), 'sync', ...streams];
  return { name, peer, tables: streams, schema: SCHEMA, commands: () => [command] };
}

/** Ours as a tap: a sync, and what changed through the same target into another schema. */
function emitting(streams: readonly string[]): Client {
  return {
    ...{ name: 'sigma-sync emit', peer: 'tap-sigma', tables: streams, schema: 'loaded' },
    commands({ target }) {
      const state = stateIn(target.folder);
      const from = state === undefined ? [] : ['--state', write(target, 'state.json', state)];
      return [
        [process.execPath, join(ROOT, 'bin/sigma-sync.js'), 'emit', ...streams, ...from],
        targetCommand(target, 'loaded'),
      ];
    },
  };
}

/** The last state that the target confirmed, among what the run before printed. */
function stateIn(folder: string): string | undefined {
  const log = join(folder, 'log.txt');
  if (!existsSync(log)) return undefined;
  return readFileSync(log, 'utf8')
    .split('\n')
    .findLast((line) => line.startsWith('{"database"'));
}

/** @returns the path of the file */
function write({ folder }: Target, name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

function targetCommand(target: Target, schema: string): readonly string[] {
  const url = new URL(target.env['DATABASE_URL'] ?? '');
  const config = {
    ...{ host: url.hostname, port: Number(url.port || 5432), database: url.pathname.slice(1) },
    ...{ user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) },
    default_target_schema: schema,
  };
  return [TARGET, '--config', write(target, 'target.json', JSON.stringify(config))];
}

const dlt: Client = {
  name: 'dlt',
  peer: 'dlt',
  tables: SIX,
  schema: SCHEMA,
  commands({ sigma, target }) {
    const script = join(import.meta.dirname, 'dlt_sync.py');
    return [[DLT, script, ...credentialsOf(sigma), target.env['DATABASE_URL'] ?? '', target.folder]];
  },
};

function tapWith(catalogue: Catalogue): Client {
  return {
    name: 'tap-sigma',
    peer: 'tap-sigma',
    tables: catalogue.streams.filter(isSelected).map((stream) => stream.tap_stream_id),
    schema: SCHEMA,
    commands({ sigma, target }) {
      const [api_url, client_id, client_secret] = credentialsOf(sigma);
      const config = write(target, 'tap.json', JSON.stringify({ api_url, client_id, client_secret }));
      const selected = write(target, 'catalogue.json', JSON.stringify(catalogue));
      return [[TAP, '--config', config, '--catalog', selected], targetCommand(target, SCHEMA)];
    },
  };
}

function credentialsOf(sigma: Place['sigma']): string[] {
  return ['SIGMA_BASE_URL', 'SIGMA_CLIENT_ID', 'SIGMA_CLIENT_SECRET'].map((name) => sigma[name] ?? '');
}

const CATALOGUE = z.looseObject({
  streams: z.array(
    z.looseObject({
      tap_stream_id: z.string(),
      metadata: z.array(
        z.looseObject({ breadcrumb: z.array(z.string()), metadata: z.record(z.string(), z.unknown()) }),
      ),
    }),
  ),
});
type Catalogue = z.infer<typeof CATALOGUE>;

/** Streams of the tap, with those deselected that can't be loaded. */
function discover(): Catalogue {
  const env = {
    TAP_SIGMA_API_URL: 'http://127.0.0.1',
    TAP_SIGMA_CLIENT_ID: '-',
    TAP_SIGMA_CLIENT_SECRET: '-',
  };
  const args = ['--config', 'ENV', '--discover'];
  const printed = execFileSync(TAP, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const { streams, ...rest } = CATALOGUE.parse(JSON.parse(printed.toString()));
  return {
    ...rest,
    streams: streams.map((stream) => ({
      ...stream,
      metadata: stream.metadata.map((entry) =>
        entry.breadcrumb.length > 0
          ? entry
          : { ...entry, metadata: { ...entry.metadata, selected: !UNUSABLE.has(stream.tap_stream_id) } },
      ),
    })),
  };
}

function isSelected({ metadata }: Catalogue['streams'][number]): boolean {
  return metadata.some(
    ({ breadcrumb, metadata: { selected } }) => breadcrumb.length === 0 && selected === true,
  );
}
