/** Checks the server itself: its version, its encoding, and whether it takes writes. */
import type { Session } from '../../core/database/database.ts';
import { encodingProblem } from '../../state/encoding.ts';
import { type CheckLine, failed } from './check-line.ts';

const OLDEST_POSTGRES = 130_000;
const SUBJECT = 'database';

interface Server extends Record<string, unknown> {
  readonly number: number;
  readonly version: string;
  readonly recovers: boolean;
  readonly readOnly: boolean;
  readonly source: string;
  readonly name: string;
  readonly user: string;
}

/** @param label address of the database. @throws DatabaseError */
export async function checkServer(session: Session, label: string): Promise<CheckLine> {
  const [server] = await session.query<Server>(
    `select current_setting('server_version_num')::integer as number, current_setting('server_version') as version,
            pg_is_in_recovery() as recovers, setting = 'on' as "readOnly", source,
            current_database() as name, current_user as user
       from pg_settings where name = 'default_transaction_read_only'`,
  );
  const detail = `PostgreSQL ${server?.version ?? '?'}, ${label}`;
  const bad = (what: string, fix: string): CheckLine => ({
    ...{ subject: SUBJECT, outcome: 'failed', detail: `${detail}: ${what}`, fix },
  });
  if (server === undefined || server.number < OLDEST_POSTGRES) {
    return { subject: SUBJECT, outcome: 'failed', detail, fix: 'Use PostgreSQL 13 or newer.' };
  }
  const problem = await encodingProblem(session);
  if (problem !== undefined)
    return { ...failed(SUBJECT, problem.error), outcome: problem.isBearable ? 'warning' : 'failed' };
  if (server.recovers)
    return bad('it is a standby, which accepts no writes', 'Set DATABASE_URL to the primary server.');
  if (server.readOnly) {
    const { source, user, name } = server;
    return bad(
      `default_transaction_read_only is on, by ${PLACES[source] ?? source}`,
      `Use a user who may write, or run: alter ${source === 'database' ? `database ${name}` : `role ${user}`} set default_transaction_read_only = off;`,
    );
  }
  return { subject: SUBJECT, outcome: 'ok', detail };
}

/** The sources of settings, by their names in pg_settings. */
const PLACES: Readonly<Record<string, string>> = {
  user: 'a setting of the role',
  database: 'a setting of the database',
  'database user': 'a setting of the role in this database',
  client: 'the options in DATABASE_URL',
  'configuration file': "the server's configuration",
  'command line': "the server's command line",
};
