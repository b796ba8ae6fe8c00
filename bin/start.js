// Plain JavaScript that any Node can read: it only checks the version, then hands over to the build.
import { mkdirSync, statSync } from 'node:fs';
import * as modules from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';

/**
 * Keeps compiled code for the next run, which then starts a tenth faster. V8 believes what it finds there, so nobody else
 * may be able to write it. Without such a folder (no home, a read-only one, a shared one) each run compiles for itself.
 */
function keepCompiledCode() {
  try {
    let folder = homedir();
    for (const name of ['', '.cache', 'sigma-sync', 'code']) {
      folder = join(folder, name);
      if (name !== '') mkdirSync(folder, { recursive: true, mode: 0o700 });
      const { uid, mode } = statSync(folder);
      if (process.getuid !== undefined && (uid !== process.getuid() || (mode & 0o022) !== 0)) return;
    }
    modules.enableCompileCache(folder);
  } catch {
    // Speed is all that it is for.
  }
}

/** Runs `main` of a program of the build. */
export async function start(module) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 22 || (major === 22 && minor < 22)) {
    process.stderr.write(
      `sigma-sync needs Node 22.22 or newer and this is Node ${process.versions.node}; in a checkout, bin/sigma-sync uses the Node 24 that "npm ci" installed.\n`,
    );
    process.exit(2);
  }
  keepCompiledCode();
  // Pages of a listing become garbage at once. Left alone, V8 lets garbage of ten times the live heap pile up before it
  // collects, and memory grows with the length of a run; these two keep it flat (bench/memory) for a tenth of the time.
  setFlagsFromString('--heap-growing-percent=50');
  setFlagsFromString('--semi-space-growth-factor=1');
  try {
    const { main } = await import(`../dist/program/${module}.js`);
    await main(process.argv);
  } catch (error) {
    if (
      error?.code === 'ERR_MODULE_NOT_FOUND' &&
      String(error.message).includes(`dist/program/${module}.js`)
    ) {
      process.stderr.write('sigma-sync is not built yet; run "npm run build" in the checkout first.\n');
      process.exit(2);
    }
    throw error;
  }
}
