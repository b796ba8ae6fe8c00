/** The statements of a sync without changes: they ask whether something changed, and do not read all rows. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Simulator, startSimulator } from '../../simulator/server.ts';
import { createApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import type { Database, Session } from '../../src/core/database/database.ts';
import { createSync } from '../../src/runs/create-sync.ts';
import type { Sync, SyncOutcome } from '../../src/runs/requests.ts';
import { envFor, scratchFolder } from '../support/cli.ts';
import { openTestDatabase, type TestDatabase } from '../support/database.ts';

let test: TestDatabase;
let simulator: Simulator;
let sync: Sync;
const folder = scratchFolder();
/** Statements of the run, and the events in between. */
const heard: string[] = [];

/** The same database; what it is asked is written down. */
function listenedTo(database: Database): Database {
  const watch = (session: Session): Session => ({
    ...session,
    query: (sql, parameters) => {
      heard.push(sql.replace(/\s+/g, ' ').trim());
      return session.query(sql, parameters);
    },
  });
  return {
    ...database,
    session: (work) => database.session((session) => work(watch(session))),
    transaction: (work, options) => database.transaction((session) => work(watch(session)), options),
  };
}

async function run(): Promise<SyncOutcome> {
  heard.length = 0;
  const outcome = await sync.run();
  expect(outcome.status).toBe('complete');
  return outcome;
}

const ask = (sql: string) => test.database.session((session) => session.query(sql));

beforeAll(async () => {
  test = await openTestDatabase({ migrated: false });
  simulator = await startSimulator({ organization: { seed: 1, workbooks: 5, members: 5 } });
  const env = { ...envFor(simulator), SIGMA_SYNC_ANALYTICS: 'true' };
  const app = createApp({
    config: loadConfig({ env, cwd: folder.path }),
    cacheDirectory: folder.path,
  });
  app.events.onAny((name) => {
    if (['run.started', 'run.finished', 'analytics.refreshed'].includes(name)) heard.push(name);
  });
  sync = createSync({ app, database: async () => listenedTo(test.database) });
  for (let i = 0; i < 2; i++) await run();
});

afterAll(async () => {
  await sync.close();
  await simulator.close();
  await test[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

it('it makes, alters and comments nothing that stays, and refreshes no model', async () => {
  await run();
  expect(heard.filter((one) => /^(create|alter|comment|refresh) (?!unlogged)/i.test(one))).toEqual([]);
  expect(heard).not.toContain('analytics.refreshed');
});

it('a few statements come before its beginning, and a few after its end', async () => {
  await run();
  const before = heard.slice(0, heard.indexOf('run.started'));
  expect(before.filter((one) => one.includes('pg_description'))).toEqual([]);
  expect(before.length, before.join('\n')).toBeLessThanOrEqual(20);
  expect(before.filter((one) => one.includes('"migrations"')).length).toBe(1);
  // The third run of all may be the one after which our records are due for a vacuum, each with its limit.
  const after = heard
    .slice(heard.lastIndexOf('run.finished') + 1)
    .filter((one) => !/^vacuum|^reset statement_timeout|set_config\('statement_timeout'/.test(one));
  // Those of the answers, and the look for tables to vacuum, which is three in the embedded database.
  expect(after.length, after.join('\n')).toBeLessThanOrEqual(11);
});

it('a model is refreshed where its tables changed, with what is made of it, and no other', async () => {
  simulator.organization.publishVersion();
  await run();
  const changed = heard.filter((one) => one.startsWith('refresh materialized view'));
  expect(changed.some((one) => one.includes('workbook_inventory'))).toBe(true);
  expect(changed.some((one) => one.includes('licence_use'))).toBe(false);
  await run();
  expect(heard.filter((one) => one.startsWith('refresh materialized view'))).toEqual([]);
});

it('comments are mended where the mark of them is another', async () => {
  const about = `select obj_description('sigma.members'::regclass, 'pg_class') as members,
                        obj_description('sigma_sync.migrations'::regclass, 'pg_class') as mark`;
  const right = await ask(about);
  await ask(`comment on table sigma.members is 'of an older version'`);
  await ask(`comment on table sigma_sync.migrations is 'of an older version'`);
  await run();
  expect(await ask(about)).toEqual(right);
});
