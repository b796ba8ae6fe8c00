#!/usr/bin/env node
// Plain JavaScript that any Node can read: it only checks the version, then hands over to the build.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 22)) {
  process.stderr.write(
    `sigma-sync needs Node 22.22 or newer and this is Node ${process.versions.node}; in a checkout, "npx sigma-sync" uses the Node 24 that "npm ci" installed.\n`,
  );
  process.exit(2);
}
try {
  const { main } = await import('../dist/src/cli/main.js');
  await main(process.argv);
} catch (error) {
  if (error?.code === 'ERR_MODULE_NOT_FOUND' && String(error.message).includes('dist/src/cli/main.js')) {
    process.stderr.write('sigma-sync is not built yet; run "npm run build" in the checkout first.\n');
    process.exit(2);
  }
  throw error;
}
