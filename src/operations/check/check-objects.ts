/**
 * Checks whether rows name objects that no listing has, which answers about access lack; and whether the
 * organization's ids have the form that we assume.
 */
import type { Database } from '../../core/database/database.ts';
import { plural } from '../../core/words.ts';
import { aboutUnknown, countUnknownObjects, type ObjectContext } from '../../loaders/object-ids.ts';
import { countPairs } from '../../loaders/short-ids.ts';
import { pendingMigrations } from '../../state/migrate.ts';
import { isMigrated } from '../../state/read/status.ts';
import { type CheckLine, failed } from './check-line.ts';
import { mayRead } from './run-checks.ts';

/** Counts them; undefined where nothing is stored yet. */
export async function checkObjects(
  database: Database,
  context: ObjectContext,
): Promise<CheckLine | undefined> {
  const subject = 'objects';
  try {
    const { streams } = context;
    if (!(await isReady(database, context))) return undefined;
    const unknown = await database.session((session) => countUnknownObjects(session, streams, context));
    const lines = [...unknown].map(([name, count]) => `${name}: ${aboutUnknown(count)}`);
    if (lines.length === 0)
      return { subject, outcome: 'ok', detail: 'every object that rows name is listed' };
    return {
      ...{ subject, outcome: 'warning', detail: lines.join('; ') },
      fix: 'They are kept as received. Mostly the owner of the credentials may not see the objects (My Documents of others, tables of connections).',
    };
  } catch (error) {
    return failed(subject, error);
  }
}

/** Compares the short ids of all objects with their long ones; undefined where no object is stored with both. */
export async function checkShortIds(
  database: Database,
  context: ObjectContext,
): Promise<CheckLine | undefined> {
  const subject = 'short ids';
  try {
    if (!(await isReady(database, context))) return undefined;
    const { pairs, contradictions } = await database.session((session) => countPairs(session, context));
    if (pairs === 0) return undefined;
    const all = plural(pairs, 'short id');
    if (contradictions === 0)
      return { subject, outcome: 'ok', detail: `${all} compared: each is the long one in base 62` };
    return {
      ...{ subject, outcome: 'warning' },
      detail: `${all} compared: ${contradictions} are not the long ones in base 62, so none is computed`,
      fix: 'Grants on unlisted objects keep the short id. Please report it, with "sigma-sync probe --json".',
    };
  } catch (error) {
    return failed(subject, error);
  }
}

/** True where the tables are there, up to date and to be read. */
async function isReady(database: Database, { schemas }: ObjectContext): Promise<boolean> {
  if (!(await isMigrated(database, schemas)) || !(await mayRead(database, schemas))) return false;
  return (await pendingMigrations(database, schemas)).length === 0;
}
