/** A migrated PostgreSQL database that every test gets a copy of: milliseconds instead of a migration each. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { quoteName } from '../../src/core/database/database.ts';
import { openPostgres } from '../../src/core/database/postgres.ts';
import { EventBus } from '../../src/core/events/bus.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { migrate } from '../../src/state/migrate.ts';
import { schemasFor } from '../../src/state/schemas.ts';

/** The schemas of every test database. */
export const schemas = schemasFor('sigma');

const PREFIX = 'sigma_sync_test_';
/** No run takes this long, so what is older was left behind by a killed one on a server that outlives it. */
const STALE_SECONDS = 2 * 60 * 60;

/** Makes the template of this run, after dropping what killed runs left behind. @returns its name. */
export async function createTemplate(serverUrl: string): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const name = `${PREFIX}${now}_${randomBytes(4).toString('hex')}`;
  await withAdmin(serverUrl, async (admin) => {
    await dropWhere(admin, (other) => now - Number.parseInt(other.slice(PREFIX.length), 10) > STALE_SECONDS);
    await admin.query(`create database ${quoteName(name)} encoding 'UTF8' template template0`);
  });
  const database = openPostgres({ url: urlOf(serverUrl, name) });
  try {
    await migrate(database, schemas, catalogue, new EventBus());
  } finally {
    await database.close();
  }
  return name;
}

/** Drops the template and every copy a test did not close. */
export async function dropTemplate(serverUrl: string, template: string): Promise<void> {
  await withAdmin(serverUrl, (admin) => dropWhere(admin, (name) => name.startsWith(template)));
}

/** Makes a copy of the template, or an empty database. @returns its URL. */
export async function createDatabase(
  serverUrl: string,
  template: string,
  migrated: boolean,
): Promise<string> {
  const name = `${template}_${randomBytes(6).toString('hex')}`;
  const source = migrated ? template : 'template0';
  await withAdmin(serverUrl, (admin) =>
    admin.query(`create database ${quoteName(name)} template ${quoteName(source)}`),
  );
  return urlOf(serverUrl, name);
}

/** Drops the database of a URL, even under open connections. */
export async function dropDatabase(serverUrl: string, url: string): Promise<void> {
  const name = new URL(url).pathname.slice(1);
  await withAdmin(serverUrl, (admin) =>
    admin.query(`drop database if exists ${quoteName(name)} with (force)`),
  );
}

/** Runs `work` on a connection of its own to the server's administration database. */
export async function withAdmin<T>(url: string, work: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}

async function dropWhere(admin: pg.Client, matches: (name: string) => boolean): Promise<void> {
  const { rows } = await admin.query<{ datname: string }>(
    `select datname from pg_database where starts_with(datname, $1)`,
    [PREFIX],
  );
  for (const { datname } of rows) {
    if (matches(datname)) await admin.query(`drop database if exists ${quoteName(datname)} with (force)`);
  }
}

function urlOf(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}
