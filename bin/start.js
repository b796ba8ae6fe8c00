// Plain JavaScript that any Node can read: it only checks the version, then hands over to the build.
import { setFlagsFromString } from 'node:v8';

/** Runs `main` of a module of the build. */
export async function start(module) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 22 || (major === 22 && minor < 22)) {
    process.stderr.write(
      `sigma-sync needs Node 22.22 or newer and this is Node ${process.versions.node}; in a checkout, "npx sigma-sync" uses the Node 24 that "npm ci" installed.\n`,
    );
    process.exit(2);
  }
  // Pages of a listing become garbage at once. Left alone, V8 lets garbage of ten times the live heap pile up before it
  // collects, and memory grows with the length of a run; these two keep it flat (bench/memory) for a tenth of the time.
  setFlagsFromString('--heap-growing-percent=50');
  setFlagsFromString('--semi-space-growth-factor=1');
  try {
    const { main } = await import(`../dist/src/cli/${module}.js`);
    await main(process.argv);
  } catch (error) {
    if (
      error?.code === 'ERR_MODULE_NOT_FOUND' &&
      String(error.message).includes(`dist/src/cli/${module}.js`)
    ) {
      process.stderr.write('sigma-sync is not built yet; run "npm run build" in the checkout first.\n');
      process.exit(2);
    }
    throw error;
  }
}
