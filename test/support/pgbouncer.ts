/** A pgbouncer of a test, where Debian's is installed. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { freePort, unprivileged } from './native-server.ts';
import { onProcessEnd } from './process-end.ts';
import { createRunFolder } from './run-folder.ts';

/** False where there is none; a word on standard error says so. */
export const hasPgbouncer = (() => {
  const found = spawnSync('pgbouncer', ['--version']).status === 0;
  if (!found) console.warn('tests of pgbouncer are skipped: it is not installed (apt-get install pgbouncer)');
  return found;
})();

/** See {@link startPgbouncer}. */
export interface Pgbouncer extends AsyncDisposable {
  /** As the server's address that it was made for, through the pooler. */
  readonly url: string;
}

/**
 * Starts a pooler before the server of that address.
 *
 * @param settings lines of its section `[pgbouncer]`, such as `pool_mode = transaction`.
 */
export async function startPgbouncer(serverUrl: string, settings: readonly string[]): Promise<Pgbouncer> {
  const { hostname, port: serverPort, username, password } = new URL(serverUrl);
  const runAs = unprivileged();
  const { path: folder, remove } = createRunFolder();
  const port = await freePort();
  const file = join(folder, 'pgbouncer.ini');
  const users = join(folder, 'users.txt');
  writeFileSync(users, `"${username}" "${password}"\n`);
  const lines = [
    '[databases]',
    `* = host=${hostname} port=${serverPort}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = plain',
    `auth_file = ${users}`,
    ...settings,
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  if ('uid' in runAs) for (const path of [folder, file, users]) chownSync(path, runAs.uid, runAs.gid);
  const child = spawn('pgbouncer', ['-q', file], { ...runAs, cwd: folder, stdio: 'ignore' });
  const cancel = onProcessEnd(() => void child.kill('SIGKILL'));
  const url = new URL(serverUrl);
  url.port = String(port);
  await answers(url.href);
  return {
    url: url.href,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      cancel();
      remove();
    },
  };
}

async function answers(url: string): Promise<void> {
  for (const deadline = Date.now() + 30_000; ; await sleep(25)) {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}
