/** The layers of docs/architecture.md: who may import whom. A new arrow is a decision, not an accident. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, it } from 'vitest';

const SRC = resolve(import.meta.dirname, '../../src');

/** Layer → what it may import besides itself. A layer is a folder, or a file right under `src/`. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'errors.ts': [],
  'version.ts': [],
  'nearest.ts': [],
  'times.ts': [],
  'lines.ts': [],
  'words.ts': [],
  events: [],
  schedule: ['errors.ts'],
  sigma: ['errors.ts', 'events'],
  extractors: ['sigma', 'errors.ts', 'events'],
  database: ['errors.ts'],
  state: ['database', 'extractors', 'errors.ts', 'events', 'migrations'],
  loaders: ['state', 'database', 'extractors', 'events'],
  privacy: ['state', 'database', 'extractors', 'errors.ts', 'events', 'nearest.ts'],
  sync: ['privacy', 'loaders', 'state', 'database', 'extractors', 'sigma', 'errors.ts', 'events'],
  exports: [
    'schedule',
    'sigma',
    'database',
    'state',
    'loaders',
    'errors.ts',
    'events',
    'nearest.ts',
    'times.ts',
  ],
  analytics: ['exports', 'state', 'database', 'errors.ts', 'events', 'nearest.ts'],
  operations: [
    'analytics',
    'exports',
    'sync',
    'privacy',
    'state',
    'database',
    'extractors',
    'sigma',
    'events',
    'errors.ts',
    'nearest.ts',
  ],
  config: ['errors.ts', 'nearest.ts', 'times.ts'],
  freshness: ['operations', 'schedule', 'extractors', 'config'],
  alerts: [
    'freshness',
    'operations',
    'schedule',
    'exports',
    'state',
    'database',
    'extractors',
    'config',
    'events',
    'errors.ts',
    'nearest.ts',
    'version.ts',
  ],
  logging: ['config', 'errors.ts', 'events'],
  progress: ['logging', 'events'],
  tracing: ['extractors', 'events', 'version.ts'],
  metrics: ['freshness', 'operations', 'state', 'database', 'extractors', 'config', 'events', 'version.ts'],
  report: [
    'freshness',
    'analytics',
    'exports',
    'state',
    'database',
    'config',
    'errors.ts',
    'times.ts',
    'lines.ts',
    'words.ts',
  ],
  simulator: [],
  // Looks at everything and changes nothing but by way of `service/control.ts`.
  web: [
    ...[
      'analytics',
      'app.ts',
      'service',
      'freshness',
      'operations',
      'analytics',
      'exports',
      'state',
      'database',
      'extractors',
      'progress',
      'config',
    ],
    ...['analytics', 'logging', 'events', 'errors.ts', 'version.ts', 'lines.ts', 'times.ts', 'words.ts'],
  ],
};

/** The top of the house: free to import everything, imported by nothing below. */
const TOP = ['app.ts', 'create-sync.ts', 'index.ts', 'service', 'demo', 'cli'];

/** Layers that even the top may not import freely. */
const ONLY_FOR: Readonly<Record<string, readonly string[]>> = { web: ['web', 'service', 'cli'] };

function layerOf(path: string): string {
  const [first = ''] = relative(SRC, path).split('/');
  return first === '..' ? 'migrations' : first;
}

it('imports follow the data', () => {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  expect(files.length).toBeGreaterThan(80);
  const wrong: string[] = [];
  for (const name of files) {
    const file = join(SRC, name);
    const layer = layerOf(file);
    const isTop = TOP.includes(layer);
    const allowed = [layer, ...(MAY_IMPORT[layer] ?? [])];
    for (const [, target = ''] of readFileSync(file, 'utf8').matchAll(/from '(\.[^']+)'/g)) {
      const wanted = layerOf(resolve(dirname(file), target));
      const isClosed = !(ONLY_FOR[wanted]?.includes(layer) ?? true);
      if (isClosed || !(isTop || allowed.includes(wanted))) wrong.push(`${name} imports ${wanted}`);
    }
  }
  expect(wrong).toEqual([]);
  expect(Object.keys(MAY_IMPORT).concat(TOP).sort()).toEqual(
    [...new Set(files.map((name) => layerOf(join(SRC, name))))].sort(),
  );
});
