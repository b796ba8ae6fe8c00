/** Clients that move streams of Sigma into PostgreSQL, others' and ours, each as its user would run it. */
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { note } from '../output.ts';
import type { Target } from '../target.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const DLT = join(ROOT, '.tmp/peers/dlt/bin/python');
const TAP = join(ROOT, '.tmp/peers/tap-sigma/bin/tap-sigma');
const TARGET = join(ROOT, '.tmp/targets/meltanolabs/bin/target-postgres');
/** Where ours loads into by default; the others are told to. */
const SCHEMA = 'sigma';

/** What `dlt_sync.py` loads. */
const SIX = ['members', 'teams', 'workbooks', 'workbook_pages', 'workbook_controls', 'grants'];

/** The key of these is a field that the API does not send any more: the target ends at their first row. */
const UNUSABLE = new Set(['data_model_columns', 'tags']);

/** What the tap calls otherwise. Elements of a workbook and of its pages are one table of ours. */
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
  /** Tables that it fills. */
  readonly tables: readonly string[];
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
    add(peer, [...new Set(peer.tables.map((name) => OTHER_NAMES.get(name) ?? name))]);
  } else note('tap-sigma is left out: it or its target could not be installed.');
  return clients;
}

function ours(name: string, folder: string, peer: Client['peer'], streams: readonly string[]): Client {
  const command = [process.execPath, join(folder, 'bin/sigma-sync.js'), 'sync', ...streams];
  return { name, peer, tables: streams, commands: () => [command] };
}

const dlt: Client = {
  name: 'dlt',
  peer: 'dlt',
  tables: SIX,
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
    commands({ sigma, target }) {
      const write = (name: string, content: object): string => {
        const path = join(target.folder, name);
        writeFileSync(path, JSON.stringify(content), { mode: 0o600 });
        return path;
      };
      const [api_url, client_id, client_secret] = credentialsOf(sigma);
      const config = write('tap.json', { api_url, client_id, client_secret });
      const url = new URL(target.env['DATABASE_URL'] ?? '');
      const into = write('target.json', {
        ...{ host: url.hostname, port: Number(url.port || 5432), database: url.pathname.slice(1) },
        ...{ user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) },
        default_target_schema: SCHEMA,
      });
      return [
        [TAP, '--config', config, '--catalog', write('catalogue.json', catalogue)],
        [TARGET, '--config', into],
      ];
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
