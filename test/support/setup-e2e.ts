/** Global set-up of the end-to-end project: a build of the very sources under test. */
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');
const BUILT = join(ROOT, 'dist/program/main.js');

/** Builds unless the build is newer than every source. @throws Error where the build fails */
export default function setup(): void {
  const built = statSync(BUILT, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (built > Math.max(...['src', 'migrations'].map(newestIn))) return;
  const path = [join(ROOT, 'node_modules/.bin'), process.env['PATH']].join(delimiter);
  const result = spawnSync(process.execPath, [join(ROOT, 'scripts/build.js')], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, PATH: path },
  });
  if (result.status !== 0) throw new Error(`The build failed:\n${result.stdout}${result.stderr}`);
}

function newestIn(folder: string): number {
  const entries = readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true });
  return Math.max(...entries.map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs));
}
