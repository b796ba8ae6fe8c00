/** Refreshes the materialized models whose inputs changed, each in a transaction of its own and beside readers. */
import type { Database, Session } from '../core/database/database.ts';
import { describeError } from '../core/errors.ts';
import type { EventBus } from '../core/events/bus.ts';
import type { Schemas } from '../state/schemas.ts';
import { analyticsBook } from './build.ts';
import { type Model, type ModelOptions, type Names, namesFor } from './model.ts';
import { tune } from './tune.ts';

/** What became of a model in a refresh. */
export interface ModelRefresh {
  readonly model: string;
  readonly status: 'refreshed' | 'unchanged' | 'failed';
  readonly rows?: number;
  readonly durationMs?: number;
  readonly error?: string;
}

/** What a refresh is made of. */
export interface RefreshContext {
  readonly database: Database;
  readonly schemas: Schemas;
  readonly models: readonly Model[];
  readonly options: ModelOptions;
  readonly events: EventBus;
  /** Milliseconds, for durations. */
  readonly now: () => number;
  /** Refresh also what has not changed. */
  readonly all?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Refreshes in the order of the models. A failure keeps the old rows of that model and of those made of it; the next
 * refresh tries again.
 *
 * @throws what `signal` gives as its reason.
 */
export async function refreshModels(context: RefreshContext): Promise<ModelRefresh[]> {
  const { models, signal } = context;
  const done: ModelRefresh[] = [];
  const failed = new Set<string>();
  const tables = new Map<string, string>();
  const byName = new Map(models.map((model) => [model.name, model]));
  for (const model of models) {
    if (model.kind !== 'materialized') continue;
    signal?.throwIfAborted();
    const inputs = materialInputs(model, byName);
    const broken = inputs.find((input) => failed.has(input));
    const result: ModelRefresh =
      broken === undefined
        ? await refreshOne(context, model, inputs, tables)
        : { model: model.name, status: 'failed', error: `It is made of ${broken}, which failed.` };
    if (result.status === 'failed') failed.add(model.name);
    done.push(result);
    report(context.events, result);
  }
  return done;
}

/** Streams and materialized models that a model is made of, through views. */
function materialInputs(model: Model, byName: ReadonlyMap<string, Model>): string[] {
  return [
    ...new Set(
      model.inputs.flatMap((input) => {
        const other = byName.get(input);
        return other === undefined || other.kind === 'materialized' ? [input] : materialInputs(other, byName);
      }),
    ),
  ];
}

async function refreshOne(
  { database, schemas, models, options, now, all }: RefreshContext,
  model: Model,
  inputs: readonly string[],
  tables: Map<string, string>,
): Promise<ModelRefresh> {
  const names = namesFor(schemas, options);
  const start = now();
  try {
    const result = await database.transaction(async (session): Promise<ModelRefresh> => {
      const [row] = await session.query<{ signature: string | null; populated: boolean }>(
        `select a.signature, c.relispopulated as populated
           from ${analyticsBook(schemas)} a join pg_class c on c.oid = to_regclass($2) where a.model = $1`,
        [model.name, names.model(model.name)],
      );
      if (row === undefined) throw new Error('it is not there; "sigma-sync analytics refresh" creates it');
      const streams = inputs.filter((input) => !models.some((one) => one.name === input));
      // What is seen now may be older than what the refresh reads, never newer: at worst one refresh too many.
      const parts: string[] = [];
      const look = async (table: string, sign: () => Promise<string>): Promise<void> => {
        const signature = tables.get(table) ?? (await sign());
        tables.set(table, signature);
        parts.push(`${table} ${signature}`);
      };
      for (const stream of streams) await look(stream, () => streamSignature(session, names, stream));
      const log = options.auditLog;
      if (log !== undefined && readsAuditLog(model, models, names))
        await look(log.table, () => auditSignature(session, log.table));
      const history = names.state('history');
      if (model.sql(names).includes(history)) await look(history, () => historySignature(session, history));
      // Whatever kept this model from what an earlier refresh found: failure, interrupt, or its end.
      for (const { model: input, at } of await session.query<{ model: string; at: string }>(
        `select b.model, extract(epoch from b.refreshed_at)::text as at from ${analyticsBook(schemas)} b
          where b.model = any ($1) order by b.model`,
        [inputs.filter((one) => !streams.includes(one))],
      ))
        parts.push(`${input} ${at}`);
      const signature = parts.join('\n');
      const same = row.populated && row.signature === signature;
      if (same && all !== true) return { model: model.name, status: 'unchanged' };
      const name = names.model(model.name);
      await tune(session);
      // The embedded database has one connection, so nobody reads meanwhile.
      const beside = row.populated && database.kind === 'postgres' ? 'concurrently ' : '';
      await session.query(`refresh materialized view ${beside}${name}`);
      await session.query(`analyze ${name}`);
      const [count] = await session.query<{ rows: number }>(`select count(*)::integer as rows from ${name}`);
      const durationMs = Math.round(now() - start);
      await session.query(
        `update ${analyticsBook(schemas)} set signature = $2, refreshed_at = now(), duration_ms = $3, rows = $4 where model = $1`,
        [model.name, signature, durationMs, count?.rows ?? 0],
      );
      return { model: model.name, status: 'refreshed', rows: count?.rows ?? 0, durationMs };
    });
    // Walks read indexes alone once it is known that all rows are to be seen; and a refresh beside readers leaves old ones.
    if (result.status === 'refreshed')
      await database.session((session) => session.query(`vacuum (skip_locked) ${names.model(model.name)}`));
    return result;
  } catch (error) {
    return { model: model.name, status: 'failed', error: describeError(error) };
  }
}

/**
 * Changes with every row that comes, goes or changes: each moves one of the times. What privacy settings hide moves none,
 * and must not be in an answer any more.
 */
async function streamSignature(session: Session, names: Names, stream: string): Promise<string> {
  const [row] = await session.query<{ signature: string }>(
    // Whole microseconds add up to the same sum in whatever order.
    `select concat_ws(' ', count(*), sum((extract(epoch from _synced_at) * 1000000)::bigint), count(_deleted_at),
                      sum((extract(epoch from _deleted_at) * 1000000)::bigint),
                      (select md5(concat_ws(' ', p.rules, p.key_id)) from ${names.state('privacy')} p where p.stream = $1)) as signature
       from ${names.raw(stream)}`,
    [stream],
  );
  return row?.signature ?? '';
}

/** True where the table of the audit log is in the text of a model, or of a view or function that it is made of. */
function readsAuditLog(model: Model, models: readonly Model[], names: Names): boolean {
  const table = names.options.auditLog?.table;
  if (table === undefined) return false;
  return (
    model.sql(names).includes(table) ||
    models.some(
      (one) =>
        one.kind !== 'materialized' && model.inputs.includes(one.name) && readsAuditLog(one, models, names),
    )
  );
}

/** Changes with every row that is written anew: each has the transaction that wrote it. */
async function auditSignature(session: Session, table: string): Promise<string> {
  const [row] = await session.query<{ signature: string }>(
    `select concat_ws(' ', count(*), sum(a.xmin::text::bigint)) as signature from ${table} a`,
  );
  return row?.signature ?? '';
}

/** Changes with what is logged, and since when: settings and retention move it while no row of a stream changes. */
async function historySignature(session: Session, table: string): Promise<string> {
  const [row] = await session.query<{ signature: string | null }>(
    `select md5(string_agg(concat_ws(' ', h.stream, extract(epoch from h.since)), ',' order by h.stream)) as signature
       from ${table} h`,
  );
  return row?.signature ?? '';
}

function report(events: EventBus, { model, status, rows, durationMs, error }: ModelRefresh): void {
  if (status === 'refreshed')
    events.emit('analytics.refreshed', { model, rows: rows ?? 0, durationMs: durationMs ?? 0 });
  if (status === 'failed') events.emit('analytics.failed', { model, error: error ?? '' });
}
