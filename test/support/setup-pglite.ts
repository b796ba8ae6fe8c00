/** Global set-up of the PGlite project: the image of a migrated database, made once for all tests of the run. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { createRunFolder } from './run-folder.ts';

/** Makes the image in a process of its own: an engine in this one would keep its gigabyte during the tests. */
export default async function setup(project: TestProject): Promise<() => void> {
  const { path, remove } = createRunFolder();
  const image = join(path, 'image.tar');
  try {
    await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'make-pglite-image.ts'), image]);
  } catch (error) {
    remove();
    throw error;
  }
  project.provide('pgliteImage', image);
  return remove;
}
