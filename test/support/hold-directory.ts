/**
 * A process that competes for a folder: `hold-directory.ts lock FOLDER` takes our lock on it, `… database FOLDER`
 * opens an embedded database in it and commits one row. Prints `held` or `refused`, then waits until its input
 * ends.
 */

import { openEmbedded } from '../../src/core/database/embedded/database.ts';
import { lockDirectory } from '../../src/core/database/embedded/directory-lock.ts';
import { LockedError } from '../../src/core/errors.ts';

const [, , what, directory = ''] = process.argv;
try {
  if (what === 'lock') {
    await lockDirectory(directory);
  } else {
    const database = await openEmbedded({ directory });
    await database.transaction((session) => session.query('create table public.kept as select 1 as n'));
  }
  process.stdout.write('held\n');
} catch (error) {
  if (!(error instanceof LockedError)) throw error;
  process.stdout.write('refused\n');
}
process.stdin.resume().on('end', () => process.exit());
