// Puts what the programs of bin/ load into a few large files, with the packages that most commands need: finding and
// reading hundreds of small files takes a fifth of the time of a small sync. The library stays as it was compiled.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

const FOLDER = 'dist/program';
const ENTRIES = {
  main: 'cli/main',
  source: 'cli/source',
  tap: 'cli/tap',
  worker: 'core/database/embedded/worker',
};

/** Modules that most commands load. All else comes from node_modules where it is needed. */
const INSIDE = new Set([
  ...[
    'commander',
    'kysely',
    'node-cron',
    'p-queue',
    'pg',
    'pg-copy-streams',
    'postgres-array',
    'undici',
    'zod',
  ],
]);
/** Parts of `pg` for other places than Node. */
const ELSEWHERE = /^(pg-native|pg-cloudflare|cloudflare:)/;

/** Helpers of the bundler itself, such as for a template that holds `</script>`; no package brings them along. */
const HELPERS = '@oxc-project/runtime/';

/** True of what is imported by name and stays outside. */
function isOutside(id, importer) {
  if (!/^[@a-z]/.test(id) || id.startsWith(HELPERS)) return false;
  // A package that is inside brings what it needs itself.
  if (importer?.includes('/node_modules/')) return ELSEWHERE.test(id);
  return !INSIDE.has(id);
}

const bundle = await rolldown({
  input: Object.fromEntries(Object.entries(ENTRIES).map(([name, path]) => [name, `dist/src/${path}.js`])),
  platform: 'node',
  external: (id, importer) => isOutside(id, importer?.replaceAll('\\', '/')),
  logLevel: 'warn',
});
const { output } = await bundle.write({
  dir: FOLDER,
  entryFileNames: '[name].js',
  // All in one folder: the file of the embedded database's thread is looked for beside the one that starts it.
  chunkFileNames: '[name]-[hash].js',
  keepNames: true,
  sourcemap: 'hidden',
  comments: false,
});
await bundle.close();

// An import that no installation has would only be missed by the command that loads it.
const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
const files = new Set(output.map(({ fileName }) => fileName));
const missing = output
  .flatMap(({ imports = [], dynamicImports = [] }) => [...imports, ...dynamicImports])
  .filter((id) => !files.has(id) && !isBuiltin(id))
  .filter((id) => !Object.hasOwn(dependencies, /^(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? id));
if (missing.length > 0) throw new Error(`${FOLDER} imports what is no dependency: ${missing.join(', ')}`);

const folders = new Set();
for (const { moduleIds = [] } of output)
  for (const id of moduleIds) {
    const folder = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id.replaceAll('\\', '/'))?.[0];
    if (folder !== undefined) folders.add(folder);
  }
const notices = [...folders].sort().map((folder) => {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
  const texts = files.map((file) => readFileSync(join(folder, file), 'utf8').trim());
  return [`${name} ${version} (${license})`, ...texts].join('\n\n');
});
writeFileSync(
  join(FOLDER, 'LICENSES.txt'),
  `The files in this folder contain these packages.\n\n${notices.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`,
);
// Names of sources are all that stacks need of the maps.
for (const file of output.filter(({ fileName }) => fileName.endsWith('.map'))) {
  const path = join(FOLDER, file.fileName);
  if (!existsSync(path)) continue;
  const { sourcesContent, ...map } = JSON.parse(readFileSync(path, 'utf8'));
  writeFileSync(path, JSON.stringify(map));
}
