/** Signatures of models, by what they are made of: where one is as before, a refresh would change nothing. */
import type { Session } from '../core/database/database.ts';
import type { Schemas } from '../state/schemas.ts';
import { analyticsBook } from './build.ts';
import { type Model, type ModelOptions, type Names, namesFor } from './model.ts';

/** The privacy settings of a stream `p`, as they are in the signatures of what is made of it. */
export const PRIVACY_SIGN = `md5(concat_ws(' ', p.rules, p.key_id))`;

/** The signature of a model. @param inputs streams and materialized models that it is made of, through views. */
export type Sign = (session: Session, model: Model, inputs: readonly string[]) => Promise<string>;

/** Signs models in one refresh: each table is looked at once. */
export function signer({
  models,
  schemas,
  options,
}: {
  readonly models: readonly Model[];
  readonly schemas: Schemas;
  readonly options: ModelOptions;
}): Sign {
  const names = namesFor(schemas, options);
  const history = names.state('history');
  const log = options.auditLog?.table;
  const tables = new Map<string, string>();
  return async (session, model, inputs) => {
    const streams = inputs.filter((input) => !models.some((one) => one.name === input));
    const parts: string[] = [];
    const look = async (table: string, sign: () => Promise<string>): Promise<void> => {
      const signature = tables.get(table) ?? (await sign());
      tables.set(table, signature);
      parts.push(`${table} ${signature}`);
    };
    for (const stream of streams) await look(stream, () => streamSignature(session, names, stream));
    if (log !== undefined && reads(log, model, models, names))
      await look(log, () => auditSignature(session, log));
    if (model.sql(names).includes(history)) await look(history, () => historySignature(session, history));
    // Whatever kept this model from what an earlier refresh found: failure, interrupt, or its end.
    const others = await session.query<{ model: string; at: string }>(
      `select b.model, extract(epoch from b.refreshed_at)::text as at from ${analyticsBook(schemas)} b
          where b.model = any ($1) order by b.model`,
      [inputs.filter((one) => !streams.includes(one))],
    );
    return [...parts, ...others.map(({ model: input, at }) => `${input} ${at}`)].join('\n');
  };
}

/** True where a table is in the text of a model, or of a view or function that it is made of. */
function reads(table: string, model: Model, models: readonly Model[], names: Names): boolean {
  const within = models.filter((one) => one.kind !== 'materialized' && model.inputs.includes(one.name));
  return model.sql(names).includes(table) || within.some((one) => reads(table, one, models, names));
}

async function signature(session: Session, sql: string, parameters?: readonly unknown[]): Promise<string> {
  const [row] = await session.query<{ signature: string | null }>(sql, parameters);
  return row?.signature ?? '';
}

/**
 * Changes with every row that comes, goes or changes: each moves one of the times. What privacy settings hide moves none,
 * and must not be in an answer any more.
 */
function streamSignature(session: Session, names: Names, stream: string): Promise<string> {
  return signature(
    session,
    // Whole microseconds add up to the same sum in whatever order.
    `select concat_ws(' ', count(*), sum((extract(epoch from _synced_at) * 1000000)::bigint), count(_deleted_at),
                      sum((extract(epoch from _deleted_at) * 1000000)::bigint),
                      (select ${PRIVACY_SIGN} from ${names.state('privacy')} p where p.stream = $1)) as signature
       from ${names.raw(stream)}`,
    [stream],
  );
}

/** Changes with every row that is written anew: each has the transaction that wrote it. */
function auditSignature(session: Session, table: string): Promise<string> {
  return signature(
    session,
    `select concat_ws(' ', count(*), sum(a.xmin::text::bigint)) as signature from ${table} a`,
  );
}

/** Changes with what is logged, and since when: settings and retention move it while no row of a stream changes. */
function historySignature(session: Session, table: string): Promise<string> {
  return signature(
    session,
    `select md5(string_agg(concat_ws(' ', h.stream, extract(epoch from h.since)), ',' order by h.stream)) as signature
       from ${table} h`,
  );
}
