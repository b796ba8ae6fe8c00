/** Signatures of models, by what they are made of: where one is as before, a refresh would change nothing. */
import { quoteLiteral, type Row, type Session } from '../core/database/database.ts';
import type { Schemas } from '../state/schemas.ts';
import { analyticsBook } from './build.ts';
import { analyticsSchema, type Model, type ModelOptions, type Names, namesFor } from './model.ts';

/** The privacy settings of a stream `p`, as they are in the signatures of what is made of it. */
export const PRIVACY_SIGN = `md5(concat_ws(' ', p.rules, p.key_id))`;

/** Signs models in one refresh: each table is looked at once. */
export interface Signer {
  /**
   * Looks at all tables in one statement and at all models in another.
   *
   * @returns names of the models that a refresh would not change.
   * @throws DatabaseError where one table can't be read; the others can be, one by one.
   */
  unchanged(session: Session, materialized: readonly Signed[]): Promise<ReadonlySet<string>>;
  /** The signature of a model. @throws DatabaseError */
  sign(session: Session, signed: Signed): Promise<string>;
}

/** A materialized model. */
export interface Signed {
  readonly model: Model;
  /** Streams and materialized models that it is made of, through views. */
  readonly inputs: readonly string[];
}

/** A model as an earlier refresh left it. */
interface Refreshed {
  readonly model: string;
  readonly signature: string | null;
  readonly at: string | null;
  readonly populated: boolean | null;
}

/** Opens a signer; nothing is read yet. */
export function signer({
  models,
  schemas,
  options,
}: {
  readonly models: readonly Model[];
  readonly schemas: Schemas;
  readonly options: ModelOptions;
}): Signer {
  const names = namesFor(schemas, options);
  const history = names.state('history');
  const log = options.auditLog?.table;
  const isModel = (name: string): boolean => models.some((one) => one.name === name);
  const seen = new Map<string, string>();

  /** The tables that a model is made of, each with the SELECT of its signature. */
  const tablesOf = ({ model, inputs }: Signed): [table: string, sql: string][] => [
    ...inputs
      .filter((input) => !isModel(input))
      .map((stream): [string, string] => [stream, streamSql(names, stream)]),
    ...(log !== undefined && reads(log, model, models, names)
      ? [[log, auditSql(log)] satisfies [string, string]]
      : []),
    ...(model.sql(names).includes(history)
      ? [[history, historySql(history)] satisfies [string, string]]
      : []),
    ...(model.moves === undefined
      ? []
      : [[`moves ${model.name}`, model.moves(names)] satisfies [string, string]]),
  ];
  // If something kept a model from the data of an earlier refresh (failure, interrupt, its end), the times of others
  // show it.
  const compose = (tables: readonly [string, string][], others: readonly Refreshed[]): string =>
    [
      ...tables.map(([table]) => `${table} ${seen.get(table) ?? ''}`),
      ...others.map(({ model, at }) => `${model} ${at}`),
    ].join('\n');

  return {
    async unchanged(session, materialized) {
      const tables = new Map(materialized.flatMap(tablesOf));
      const looks = [...tables].map(
        ([table, sql]) => `select ${quoteLiteral(table)} as name, (${sql}) as signature`,
      );
      const rows = await session.query<{ name: string; signature: string | null }>(
        `/* looking for changes of tables */ ${looks.join(' union all ')}`,
      );
      for (const { name, signature } of rows) seen.set(name, signature ?? '');
      const known = await session.query<Refreshed & Row>(
        `select a.model, a.signature, extract(epoch from a.refreshed_at)::text as at, c.relispopulated as populated
           from ${analyticsBook(schemas)} a
           left join pg_class c on c.oid = to_regclass(quote_ident($1) || '.' || quote_ident(a.model))
          order by a.model`,
        [analyticsSchema(schemas)],
      );
      const same = new Set<string>();
      for (const signed of materialized) {
        const { model, inputs } = signed;
        const row = known.find((one) => one.model === model.name);
        const others = known.filter((one) => inputs.includes(one.model));
        const isSame = row?.populated === true && row.signature === compose(tablesOf(signed), others);
        if (isSame && inputs.every((input) => !isModel(input) || same.has(input))) same.add(model.name);
      }
      return same;
    },
    async sign(session, signed) {
      const tables = tablesOf(signed);
      for (const [table, sql] of tables) {
        if (seen.has(table)) continue;
        const [row] = await session.query<{ signature: string | null }>(`select (${sql}) as signature`);
        seen.set(table, row?.signature ?? '');
      }
      const others = await session.query<Refreshed & Row>(
        `select b.model, extract(epoch from b.refreshed_at)::text as at from ${analyticsBook(schemas)} b
          where b.model = any ($1) order by b.model`,
        [signed.inputs.filter(isModel)],
      );
      return compose(tables, others);
    },
  };
}

/** True where a table is in the text of a model, or of a view or function that it is made of. */
function reads(table: string, model: Model, models: readonly Model[], names: Names): boolean {
  const within = models.filter((one) => one.kind !== 'materialized' && model.inputs.includes(one.name));
  return model.sql(names).includes(table) || within.some((one) => reads(table, one, models, names));
}

/**
 * Changes with every row that is added, changed or removed: each moves one of the times. Values that privacy settings
 * hide move none, and must not be in an answer any more.
 */
function streamSql(names: Names, stream: string): string {
  // Whole microseconds add up to the same sum in whatever order.
  return `select concat_ws(' ', count(*), sum((extract(epoch from _synced_at) * 1000000)::bigint), count(_deleted_at),
                           sum((extract(epoch from _deleted_at) * 1000000)::bigint),
                           (select ${PRIVACY_SIGN} from ${names.state('privacy')} p where p.stream = ${quoteLiteral(stream)}))
            from ${names.raw(stream)}`;
}

/** Changes with every row that is rewritten: each has the transaction that wrote it. */
function auditSql(table: string): string {
  return `select concat_ws(' ', count(*), sum(a.xmin::text::bigint)) from ${table} a`;
}

/** Changes with what is logged, and since when: settings and retention move it while no row of a stream changes. */
function historySql(table: string): string {
  return `select md5(string_agg(concat_ws(' ', h.stream, extract(epoch from h.since)), ',' order by h.stream)) from ${table} h`;
}
