// Compiles src/, simulator/ and migrations/ into dist/, from an empty folder so that nothing stale survives, bundles the
// programs, and puts the archive of an empty embedded database beside them.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';

rmSync('dist', { recursive: true, force: true });
const { status } = spawnSync('tsc', ['-p', 'tsconfig.build.json'], {
  stdio: 'inherit',
  shell: process.platform === 'win32',
});
if (status !== 0) process.exit(status ?? 1);
await import('./bundle.js');
// In a process of its own, whose gigabyte nobody else needs. Without the archive the first start takes longer.
const made = spawnSync(process.execPath, ['scripts/make-embedded-image.js', 'dist/embedded.tar.gz'], {
  stdio: ['ignore', 'inherit', 'inherit'],
});
if (made.status !== 0) console.warn('The archive of an empty embedded database could not be made.');
