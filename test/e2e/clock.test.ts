/** A machine whose clock is a day ahead, before a server whose clock is right. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { startSimulator } from '../../simulator/server.ts';
import { envFor, runCli, scratchFolder } from '../support/cli.ts';
import { openTestDatabase } from '../support/database.ts';

/** Loaded before everything else: the time of day, as the process sees it. */
const AHEAD = `
const Real = Date;
globalThis.Date = class extends Real {
  constructor(...given) {
    if (given.length === 0) super(Real.now() + 86_400_000);
    else super(...given);
  }
  static now() {
    return Real.now() + 86_400_000;
  }
};`;

it('does not date the history, and check names it', async () => {
  using folder = scratchFolder();
  await using simulator = await startSimulator({ organization: { seed: 2, workbooks: 4 } });
  await using test = await openTestDatabase({ migrated: false });
  const clock = join(folder.path, 'ahead.mjs');
  writeFileSync(clock, AHEAD);
  const env = envFor(simulator, test.url);
  const ahead = { ...env, NODE_OPTIONS: `--import=${pathToFileURL(clock).href}` };
  const run = (args: readonly string[], more = env) => runCli(args, { cwd: folder.path, env: more });

  const first = await run(['sync', 'grants', 'members', '--json'], ahead);
  expect(first.code, first.stderr).toBe(0);
  const count = 'select count(*) from grants_as_of(now()) union all select count(*) from grants';
  const asked = await run(['query', count, '--json']);
  expect(asked.code, asked.stderr).toBe(0);
  const [now, live] = JSON.parse(asked.stdout) as { count: number }[];
  expect(now).toEqual(live);
  const since = new Date().toISOString();
  expect((await run(['sync', 'grants', 'members'])).code).toBe(0);
  const diff = await run(['diff', '--from', since, '--to', new Date(Date.now() + 60_000).toISOString()]);
  expect(diff.code, diff.stderr).toBe(0);

  const check = await run(['check', '--json'], ahead);
  const { checks } = JSON.parse(check.stdout) as { checks: { subject: string; outcome: string }[] };
  for (const subject of ['clock', 'database clock'])
    expect(checks).toContainEqual(expect.objectContaining({ subject, outcome: 'warning' }));
  const right = JSON.parse((await run(['check', '--json'])).stdout) as { checks: typeof checks };
  expect(right.checks.filter(({ subject }) => subject === 'database clock' || subject === 'history')).toEqual(
    [],
  );
});
