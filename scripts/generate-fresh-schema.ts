/** The script of a fresh database: what the migrations say on their way, without what only moves rows that are not there. */

import { NAMED, PROBES } from '../migrations/named.ts';
import { quoteLiteral, type Row, type Session } from '../src/core/database/database.ts';
import { applyMigrations } from '../src/state/apply-migrations.ts';

/** Its path. */
export const FRESH = 'migrations/fresh.generated.ts';

/** Statements that ask, that move rows, or that the runner of the script has of its own. */
const LEFT_OUT =
  /^(select|with|update|delete|truncate|begin|commit|create schema|create temp(orary)? table|drop table (if exists )?\w+$)\b/i;

/** The time at which a migration was applied, as Kysely writes it. */
const MOMENT = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;

/** Runs the migrations over a database that has nothing and does nothing, and keeps what they say. */
export async function freshScript(): Promise<string> {
  const said: string[] = [];
  const session: Pick<Session, 'query'> = {
    async query<T extends Row>(sql: string, parameters: readonly unknown[] = []): Promise<T[]> {
      const text = sql.trim().replace(/^\/\*.*?\*\/\s*/s, '');
      if (!LEFT_OUT.test(text)) said.push(withValues(text, parameters));
      return [];
    },
  };
  await applyMigrations(session as Session, PROBES);
  for (const text of said) {
    if (/[⟦⟧]/.test(text.replaceAll(NAMED, '')))
      throw new Error(`A migration changes the name of a schema in a way that is not known here: ${text}`);
  }
  const statements = said.map((text) => `  \`${text.replace(/[\\`]|\$\{/g, '\\$&')}\`,\n`);
  return `/** The statements that make the final schemas of an empty database, in order. Schemas are named as in \`named.ts\`. */
export const fresh: readonly string[] = [
${statements.join('')}];
`;
}

function withValues(sql: string, parameters: readonly unknown[]): string {
  return sql.replace(/\$(\d+)/g, (whole, number: string) => {
    const value = parameters[Number(number) - 1];
    if (typeof value === 'number') return String(value);
    if (typeof value !== 'string') return whole;
    return MOMENT.test(value) ? MOMENT_NOW : quoteLiteral(value);
  });
}

const MOMENT_NOW = `to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
