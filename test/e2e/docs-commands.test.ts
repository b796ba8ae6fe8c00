/** The commands of README.md and docs/ that need nothing but an organization run as they are printed. */
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startSimulator } from '../../simulator/server.ts';
import { BIN, envFor, scratchFolder } from '../support/cli.ts';
import { documentedCommands } from '../support/documented-commands.ts';

/** Commands in an order in which each finds what it needs. */
const RUNNABLE = [
  'init',
  'check',
  'sync',
  'status',
  'runs',
  'alert list',
  'analytics models',
  'analytics refresh',
  'report',
  'diff',
  'query',
  'probe',
  'vacuum',
];

/** Lines that need another program, another folder, an export, a receiver or a value for a placeholder. */
const NEEDS_MORE = /^(?!(?:npx )?sigma-sync )|<|\||\$|--directory|audit_events|--config \/etc|alert test/;

/** Lines as they are printed, each once, in the order above. */
function lines(): string[] {
  const all = documentedCommands().filter(({ line }) => !NEEDS_MORE.test(line));
  return RUNNABLE.flatMap((start) => [
    ...new Set(
      all.filter(({ args }) => args.join(' ').startsWith(start)).map(({ line }) => line.replace(/^npx /, '')),
    ),
  ]);
}

describe('README.md and docs/', () => {
  it('print commands that run', async () => {
    await using simulator = await startSimulator({ organization: { members: 5, workbooks: 3 } });
    using folder = scratchFolder();
    const cwd = join(folder.path, 'here');
    const bin = join(folder.path, 'bin');
    for (const path of [cwd, bin]) mkdirSync(path);
    writeFileSync(join(bin, 'sigma-sync'), `#!/bin/sh\nexec '${process.execPath}' '${BIN}' "$@"\n`);
    chmodSync(join(bin, 'sigma-sync'), 0o755);
    const env = { ...envFor(simulator), HOME: cwd, PATH: `${bin}:${process.env['PATH']}` };
    const printed = lines();
    expect(printed.length).toBeGreaterThan(15);
    const failed: { line: string; why: string }[] = [];
    for (const line of printed) {
      const why = await whyItFails(line, { cwd, env });
      // The organization of this test has no past.
      const isOfThePast = line.includes('2026-03') && why?.includes('goes back to') === true;
      if (why !== undefined && !isOfThePast) failed.push({ line, why });
    }
    expect(failed).toEqual([]);
    expect(existsSync(join(cwd, 'week.html'))).toBe(true);
  }, 600_000);
});

/** Runs a line in a shell, beside the simulator in this process. */
function whyItFails(
  line: string,
  options: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<string | undefined> {
  return new Promise((done) => {
    execFile('sh', ['-c', line], options, (error, _stdout, stderr) =>
      done(error === null ? undefined : `${error.code}: ${stderr}`),
    );
  });
}
