// Compiles src/, simulator/ and migrations/ into dist/, from an empty folder so that nothing stale survives, bundles the
// programs, and puts the archives of new embedded databases beside them.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';

rmSync('dist', { recursive: true, force: true });
const { status } = spawnSync('tsc', ['-p', 'tsconfig.build.json'], {
  stdio: 'inherit',
  shell: process.platform === 'win32',
});
if (status !== 0) process.exit(status ?? 1);
await import('./bundle.js');
// In a process of its own, whose gigabyte nobody else needs. Without the archives the first start takes longer.
const made = spawnSync(process.execPath, ['scripts/make-embedded-images.js'], {
  stdio: ['ignore', 'inherit', 'inherit'],
});
if (made.status !== 0) console.warn('The archives of new embedded databases could not be made.');
