/** Whether rows name objects that no listing has: such rows join with nothing, and answers about access lack them. */
import type { Database } from '../../core/database/database.ts';
import {
  aboutUnknown,
  countUnknownObjects,
  type ObjectContext,
  refersToObjects,
} from '../../loaders/object-ids.ts';
import { isMigrated } from '../../state/read/status.ts';
import { pendingMigrations } from '../../state/migrate.ts';
import { type CheckLine, failed } from './check-line.ts';
import { mayRead } from './run-checks.ts';

/** Counts them; undefined where nothing is stored yet. */
export async function checkObjects(
  database: Database,
  context: ObjectContext,
): Promise<CheckLine | undefined> {
  const subject = 'objects';
  try {
    const { schemas, streams } = context;
    if (!(await isMigrated(database, schemas)) || !(await mayRead(database, schemas))) return undefined;
    if ((await pendingMigrations(database, schemas)).length > 0) return undefined;
    const lines: string[] = [];
    for (const stream of streams.filter(refersToObjects)) {
      const count = await database.session((session) => countUnknownObjects(session, stream, context));
      if (count > 0) lines.push(`${stream.name}: ${aboutUnknown(count)}`);
    }
    if (lines.length === 0)
      return { subject, outcome: 'ok', detail: 'a listing has each that the rows name' };
    return {
      ...{ subject, outcome: 'warning', detail: lines.join('; ') },
      fix: "They are kept as they came. Mostly the owner of the credentials may not see the objects (My Documents of others, connections' tables).",
    };
  } catch (error) {
    return failed(subject, error);
  }
}
