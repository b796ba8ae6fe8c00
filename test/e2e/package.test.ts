/** The package as npm would publish it: what is in it, that it runs without the checkout, and that its types are whole. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scratchFolder } from '../support/cli.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const MANIFEST = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
};
/** A user who imports the package with strict types and checks those of its dependencies, too. */
const CONSUMER = `
import { createSync, loadConfig, startSimulator, type SyncOutcome } from 'sigma-sync';

const simulator = await startSimulator({ organization: { seed: 1, workbooks: 3 } });
const config = loadConfig({
  cwd: process.cwd(),
  env: {
    SIGMA_BASE_URL: simulator.url,
    SIGMA_CLIENT_ID: simulator.clientId,
    SIGMA_CLIENT_SECRET: simulator.clientSecret,
  },
});
const sync = createSync({ config });
const outcome: SyncOutcome = await sync.run({ streams: ['workbooks'] });
// @ts-expect-error A stream has a name, not a number.
const wrong = (): unknown => sync.run({ streams: [5] });
console.log(outcome.status, outcome.report.streams.map(({ name, inserted }) => name + ' ' + inserted).join(), typeof wrong);
await sync.close();
await simulator.close();
`;

const folder = scratchFolder();
const project = join(folder.path, 'project');
let tarball = '';
let files: readonly string[] = [];

interface Run {
  readonly code: number | null;
  readonly output: string;
}

/** Runs a program of this checkout or of the machine, with nothing of our environment that could help it. */
function run(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): Run {
  const path = [dirname(process.execPath), process.env['PATH']].join(delimiter);
  const { HOME, NODE_EXTRA_CA_CERTS } = process.env;
  const result = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { PATH: path, HOME, NODE_EXTRA_CA_CERTS, ...env },
  });
  return { code: result.status, output: `${result.stdout}${result.stderr}` };
}

beforeAll(() => {
  // Built by the set-up; a build in the middle of the tests would take the program from under the others.
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder.path];
  const packed = execFileSync('npm', args, {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const report = JSON.parse(packed) as
    | readonly { readonly filename: string; readonly files: readonly { readonly path: string }[] }[]
    | Readonly<
        Record<string, { readonly filename: string; readonly files: readonly { readonly path: string }[] }>
      >;
  const [one] = Object.values(report);
  tarball = join(folder.path, one?.filename ?? '');
  files = one?.files.map(({ path }) => path) ?? [];

  const unpacked = join(project, 'node_modules', 'sigma-sync');
  mkdirSync(unpacked, { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '--strip-components=1', '-C', unpacked]);
  // Its declared dependencies, and nothing else, so that a dependency that is used without being declared is missed.
  for (const name of [...Object.keys(MANIFEST.dependencies), '@types/node']) {
    mkdirSync(dirname(join(project, 'node_modules', name)), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), join(project, 'node_modules', name));
  }
});
afterAll(() => folder[Symbol.dispose]());

describe('the package', () => {
  it('holds the program, its types, its documentation, the dbt package and what deploys it', () => {
    for (const wanted of [
      ...[
        'LICENSE',
        'README.md',
        'CHANGELOG.md',
        'bin/sigma-sync.js',
        'dist/src/index.js',
        'dist/src/index.d.ts',
      ],
      ...['config/sigma-sync.schema.json', 'config/sigma-sync.example.yaml', 'docs/configuration.md'],
      ...['deploy/systemd/sigma-sync.service', 'dist/migrations/0001_state.js'],
      'integrations/dbt/dbt_project.yml',
    ])
      expect(files).toContain(wanted);
  });

  it('holds the licence of each package that is in its bundle', () => {
    const texts = readFileSync(join(project, 'node_modules/sigma-sync/dist/program/LICENSES.txt'), 'utf8');
    const notices = texts.split('-'.repeat(80));
    for (const name of ['commander', 'pg', 'pg-protocol', 'undici', 'zod'])
      expect(notices.filter((text) => text.includes(`\n${name} `) && /copyright/i.test(text))).toHaveLength(
        1,
      );
    const bundled = files
      .filter((path) => path.endsWith('.map'))
      .flatMap((path) => {
        const map = readFileSync(join(project, 'node_modules/sigma-sync', path), 'utf8');
        return [...map.matchAll(/node_modules\/((?:@[^/"]+\/)?[^/"]+)\/[^"]*"/g)].map(
          ([, name = '']) => name,
        );
      });
    const missing = [...new Set(bundled)].filter((name) => !texts.includes(`\n${name} `));
    expect(bundled.length).toBeGreaterThan(0);
    expect(missing).toEqual([]);
  });

  it('holds no test, benchmark, source or settings of ours, and source maps of its bundle alone', () => {
    const allowed =
      /^(bin|config|deploy|integrations|dist\/(src|simulator|migrations|program)|docs)\/|^(dist\/embedded(-sigma)?\.image|LICENSE|package\.json|[A-Z]+\.md)$/;
    expect(files.filter((path) => !allowed.test(path))).toEqual([]);
    const source =
      /(?<!\.d)\.ts$|^(?!dist\/program\/[\w.-]+\.js\.map$).*\.map$|\.test\.|config\/sigma-sync\.yaml$|\.env$|\.png$/;
    expect(files.filter((path) => source.test(path))).toEqual([]);
  });

  it('is published as it is: npm has nothing to correct', () => {
    const { code, output } = run(
      'npm',
      ['publish', tarball, '--dry-run', '--loglevel', 'warn', '--fetch-retries', '0'],
      ROOT,
    );
    // A machine without a network can't ask whether the version is taken.
    if (code !== 0) expect(output).toMatch(/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT/);
    expect(output).not.toMatch(/auto-corrected|npm pkg fix/);
  });
});

it('has notes for a release in the changelog, and none for one that is not there', () => {
  const script = join(ROOT, 'scripts/release-notes.js');
  const [, heading = ''] = /^## \[?([^\]\s]+)/m.exec(readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8')) ?? [];
  const { code, output } = run(process.execPath, [script, heading], ROOT);
  expect(code).toBe(0);
  expect(output).toMatch(/^### \w+\n/);
  expect(output).not.toMatch(/^## /m);
  expect(run(process.execPath, [script, '99.0.0'], ROOT)).toEqual({
    code: 1,
    output: 'CHANGELOG.md has no section "99.0.0".\n',
  });
});

describe('installed in an empty folder', () => {
  const bin = 'node_modules/sigma-sync/bin/sigma-sync.js';

  it('says its version', () => {
    expect(run(process.execPath, [bin, '--version'], project)).toEqual({
      code: 0,
      output: `${MANIFEST.version}\n`,
    });
  });

  it('tells where in the build a mistake is, and not where in the bundle', () => {
    const { code, output } = run(process.execPath, [bin, 'sync', '--log-level', 'debug'], project);
    expect(code).toBe(2);
    expect(output).toMatch(/at requireCredentials \(file:.*\/dist\/src\/config\/credentials\.js:\d+:\d+\)/);
    expect(output).not.toContain('dist/program');
  });

  it('runs the demonstration', () => {
    const { code, output } = run(process.execPath, [bin, 'demo', '--workbooks', '10'], project);
    expect(code, output).toBe(0);
    expect(output).toContain('Second sync: what changed');
  });

  it('is imported with its types, and works', () => {
    writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(project, 'index.ts'), CONSUMER);
    const options = {
      ...{ target: 'ES2024', lib: ['ES2024', 'ESNext.Disposable'], module: 'NodeNext', strict: true },
      ...{ exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, types: ['node'] },
    };
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions: options }));
    const compiled = run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc')], project);
    expect(compiled.output).toBe('');
    const { code, output } = run(process.execPath, ['index.js'], project);
    expect(output).toContain('complete workbooks 3 function');
    expect(code, output).toBe(0);
  });

  it('is installed by npm, with what it depends on', (context) => {
    const fresh = join(folder.path, 'fresh');
    mkdirSync(fresh);
    const flags = [
      '--no-audit',
      '--no-fund',
      '--fetch-retries=0',
      '--fetch-timeout=30000',
      '--loglevel=error',
    ];
    const installed = run('npm', ['install', ...flags, tarball], fresh);
    if (
      /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|E40\d|ERR_SOCKET_TIMEOUT/.test(installed.output)
    )
      context.skip('the registry of npm does not answer');
    expect(installed.code, installed.output).toBe(0);
    expect(run(process.execPath, [bin, '--version'], fresh).output).toBe(`${MANIFEST.version}\n`);
    expect(run('npm', ['ls', '--all'], fresh).code).toBe(0);
  });
});
