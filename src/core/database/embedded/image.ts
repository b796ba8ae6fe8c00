/** The archive of an empty database, which the build makes: to make one anew takes two seconds and a gigabyte. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolder } from '../../version.ts';

/** Its path; undefined where the build could not make it. */
export function imagePath(): string | undefined {
  const path = join(packageFolder, 'dist', 'embedded.tar.gz');
  return existsSync(path) ? path : undefined;
}
