/**
 * Recognises a pooler that hands each transaction another connection of the server. Our locks, settings and staging
 * tables live in sessions, so they would be lost there, and left behind for others.
 */
import pg from 'pg';
import { DatabaseError } from '../errors.ts';
import { within } from '../within.ts';

/** A second connection that does not come, or does not answer, says nothing. */
const PATIENCE_MS = 5000;
/** Clients of others take and leave connections meanwhile, so one look may miss. */
const LOOKS = 4;

/** True where it is not the server itself that answers: a pooler makes up the number of the process. */
export async function isPooled(client: pg.ClientBase): Promise<boolean> {
  return client instanceof pg.Client && madeUpId(client) !== (await backendOf(client));
}

/** The number of the process that the server sent when the client connected; the types of the driver lack it. */
export function madeUpId(client: pg.Client): unknown {
  return 'processID' in client ? client.processID : undefined;
}

/**
 * Looks whether a client that went through a pooler has a connection of its own. Nothing is left behind in one that
 * it shares.
 *
 * @param connect opens a second client.
 * @param label the address as messages name it.
 * @throws DatabaseError where it shares it.
 */
export async function refuseSharedConnection(
  client: pg.ClientBase,
  connect: () => Promise<pg.Client>,
  label: string,
): Promise<void> {
  const opening = connect();
  // If no connection is left for the second client, each has its own.
  if (!(await within(opening, PATIENCE_MS))) {
    opening.then((late) => late.end()).catch(() => undefined);
    return;
  }
  const other = await opening.catch(() => undefined);
  if (other === undefined) return;
  other.on('error', () => undefined);
  try {
    const looking = isShared(client, other);
    if (!(await within(looking, PATIENCE_MS)) || !(await looking)) return;
  } finally {
    other.end().catch(() => undefined);
  }
  throw new DatabaseError(
    `${label} is the address of a pooler that gives every transaction another connection, but sigma-sync keeps its locks in one connection. Set DATABASE_URL to ${directAddress(label)}.`,
    { advice: 'docs/databases.md says which address works where.', inSettings: true },
  );
}

/** True where both were on one connection of the server, or one of them on two. */
async function isShared(one: pg.ClientBase, other: pg.Client): Promise<boolean> {
  for (let look = 0; look < LOOKS; look++) {
    const seen = await backendOf(one);
    if ((await backendOf(one)) !== seen) return true;
    try {
      await other.query('begin');
    } catch (error) {
      // A pooler of statements refuses transactions; anything else says nothing.
      if (error instanceof Error && /statement pooling/i.test(error.message)) return true;
      throw error;
    }
    const second = await backendOf(other);
    if (second === seen || (await backendOf(one)) !== seen) return true;
    await other.query('commit');
  }
  return false;
}

async function backendOf(client: pg.ClientBase): Promise<number | undefined> {
  const { rows } = await client.query<{ pid: number }>('select pg_catalog.pg_backend_pid() as pid');
  return rows[0]?.pid;
}

/** The address to write instead, guessed from the place. */
export function directAddress(label: string): string {
  const [, host = '', port = ''] = /^(.*):(\d+)\//.exec(label) ?? [];
  if (/\.pooler\.supabase\.com$/i.test(host) || /\.supabase\.co$/i.test(host))
    return 'port 5432 of the same host, which keeps sessions';
  if (/-pooler\./i.test(host))
    return `the direct address (the host without "-pooler": ${host.replace('-pooler.', '.')})`;
  if (/\.postgres\.database\.azure\.com$/i.test(host) && port === '6432') return 'port 5432 of the same host';
  if (/\.ondigitalocean\.com$/i.test(host)) return 'the direct address of the cluster (mostly port 25060)';
  return 'the direct address of the server, or one whose pool_mode is session';
}
