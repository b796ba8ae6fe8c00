/** Two SQL roles: the connector works as one, people read as the other. Their rights are listed here once. */
import { analyticsSchema } from '../../analytics/model.ts';
import { ConfigError } from '../../core/errors.ts';
import type { Schemas } from '../../state/schemas.ts';

/** Roles and the schemas they are about. */
export interface RoleNames {
  /** Owns the schemas and what is in them. */
  readonly writer: string;
  /** Reads the tables of streams and exports, the answers made of them, and how fresh they are. */
  readonly reader: string;
  readonly schemas: Schemas;
  readonly exportsSchema: string;
  /** Schema of the views over all organizations, where there are several; and the schemas of the others. */
  readonly together?: string;
  /** Schema of the queue that planners and workers share; closed to the reader, because results of jobs quote errors. */
  readonly queue?: string;
  readonly others?: readonly string[];
}

type Places = Pick<RoleNames, 'schemas' | 'exportsSchema' | 'together' | 'queue'>;

/** The schemas that the reader sees whole: streams, exports, answers, and those of all organizations. */
export function openSchemas({ schemas, exportsSchema, together }: Places): string[] {
  const all = together === undefined ? [] : [together];
  return [schemas.target, exportsSchema, analyticsSchema(schemas), ...all];
}

/** All schemas that the writer owns. */
export function ownedSchemas(names: Places): string[] {
  return [...openSchemas(names), names.schemas.state, ...(names.queue === undefined ? [] : [names.queue])];
}

/**
 * The part of the state schema that the reader may select from: load times, and the change log, which the functions
 * for an earlier time need. Errors and rejected values stay closed, because they quote Sigma's answers, and so do all
 * tables that concern nobody but the connector.
 */
export const READABLE_STATE: Readonly<Record<string, readonly string[] | 'all'>> = {
  history: 'all',
  changes: 'all',
  table_sizes: 'all',
  streams: ['stream', 'last_run_id', 'last_status', 'last_attempt_at', 'last_success_at'],
  exports: [
    ...['export', 'table_name', 'mode', 'watermark', 'last_run_id'],
    ...['last_status', 'last_attempt_at', 'last_success_at'],
  ],
  runs: [
    ...['run_id', 'command', 'status', 'full', 'started_at', 'finished_at', 'requests', 'retries'],
    ...['rate_limited', 'throttled_ms', 'rows', 'bytes', 'trigger', 'schedule'],
  ],
  run_streams: [
    ...['run_id', 'stream', 'status', 'mode', 'partitions', 'partitions_failed', 'requests', 'read'],
    ...['inserted', 'updated', 'unchanged', 'deleted', 'started_at', 'finished_at'],
  ],
  export_runs: [
    ...['export_run', 'run_id', 'export', 'status', 'rows', 'inserted', 'updated', 'unchanged', 'deleted'],
    ...['rejected', 'bytes', 'windows', 'started_at', 'finished_at'],
  ],
};

/** The longest name that Postgres does not cut off, in bytes. */
const LONGEST = 63;

/** @throws ConfigError where Postgres would refuse a name, cut it off, or take it for another. */
export function requireRoleNames({ writer, reader }: Pick<RoleNames, 'writer' | 'reader'>): void {
  for (const [flag, name] of Object.entries({ '--writer': writer, '--reader': reader })) {
    const wrong =
      name === '' ||
      name.includes('\0') ||
      Buffer.byteLength(name) > LONGEST ||
      name.startsWith('pg_') ||
      ['public', 'none'].includes(name);
    if (wrong) {
      throw new ConfigError(`${flag} must be the name of a role, not ${JSON.stringify(name)}.`, {
        advice: `A name has 1 to ${LONGEST} bytes, does not begin with pg_, and is neither public nor none.`,
      });
    }
  }
  if (writer === reader)
    throw new ConfigError(`--writer and --reader must be two roles, not both ${JSON.stringify(writer)}.`);
}
