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
