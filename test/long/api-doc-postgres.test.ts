/** The programs of docs/api.md compile strictly against the package, and run against the simulator. */
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { startSimulator } from '../../simulator/server.ts';
import { envFor } from '../support/cli.ts';
import { openTestDatabase } from '../support/database.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const PROGRAMS = [...readFileSync(join(ROOT, 'docs/api.md'), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)].map(
  ([, code = '']) => code,
);

it('what docs/api.md shows compiles and runs', async () => {
  const folder = join(ROOT, '.tmp', `api-doc-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  try {
    expect(PROGRAMS.length).toBe(4);
    for (const [i, code] of PROGRAMS.entries())
      writeFileSync(join(folder, `program${i}.ts`), code.replaceAll(`'sigma-sync'`, `'../../src/index.ts'`));
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ extends: '../../tsconfig.json', include: ['*.ts'] }),
    );
    const run = promisify(execFile);
    await run(join(ROOT, 'node_modules/.bin/tsc'), ['--noEmit', '-p', folder]);

    await using simulator = await startSimulator({ organization: { members: 5, workbooks: 3 } });
    await using test = await openTestDatabase();
    const env = { PATH: process.env['PATH'] ?? '', HOME: folder, ...envFor(simulator, test.url) };
    const said: string[] = [];
    for (const i of PROGRAMS.keys()) {
      const { stdout } = await run(process.execPath, [`program${i}.ts`], { cwd: folder, env });
      said.push(stdout);
    }
    expect(said[0]).toMatch(/^complete [0-9a-f-]{36} \d+\n$/);
    expect(said[1]).toMatch(/workbooks 0 0 0 ok[\s\S]*grants[\s\S]*complete\n$/);
    expect(said[2]).toMatch(/\d+ requests would be made\n\[\]\n[0-9a-f-]{36} complete/);
    expect(said[3]).toMatch(/^[0-9a-f-]{36} members complete\n$/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 120_000);
