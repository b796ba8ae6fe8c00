/** Refreshes the materialized models whose inputs changed, each in a transaction of its own and beside readers. */
import { type Database, limitStatements } from '../core/database/database.ts';
import { describeError } from '../core/errors.ts';
import type { EventBus } from '../core/events/bus.ts';
import type { Schemas } from '../state/schemas.ts';
import { analyticsBook } from './build.ts';
import { type Model, type ModelOptions, namesFor } from './model.ts';
import { type Signed, type Signer, signer } from './signatures.ts';
import { tune } from './tune.ts';

/** A statement of a refresh takes seconds; one that takes longer than this was planned badly, and holds up others. */
const LONGEST_MS = 30 * 60_000;

/** The outcome of a model in a refresh. */
export interface ModelRefresh {
  readonly model: string;
  readonly status: 'refreshed' | 'unchanged' | 'failed';
  readonly rows?: number;
  readonly durationMs?: number;
  readonly error?: string;
}

/** Dependencies of a refresh. */
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
 * @throws the reason of `signal`.
 */
export async function refreshModels(context: RefreshContext): Promise<ModelRefresh[]> {
  const { database, models, signal, all } = context;
  const done: ModelRefresh[] = [];
  const failed = new Set<string>();
  const signs = signer(context);
  const byName = new Map(models.map((model) => [model.name, model]));
  const materialized = models
    .filter(({ kind }) => kind === 'materialized')
    .map((model) => ({ model, inputs: materialInputs(model, byName) }));
  // A table that can't be read is the failure of its models, which each says for itself.
  const unchanged = await database
    .transaction(async (session) => {
      // A statement over all tables costs so much together that a server with LLVM would compile it.
      await tune(session);
      return signs.unchanged(session, materialized);
    })
    .catch(() => new Set<string>());
  for (const signed of materialized) {
    signal?.throwIfAborted();
    const { model, inputs } = signed;
    if (unchanged.has(model.name) && all !== true) {
      done.push({ model: model.name, status: 'unchanged' });
      continue;
    }
    const broken = inputs.find((input) => failed.has(input));
    const result: ModelRefresh =
      broken === undefined
        ? await refreshOne(context, signed, signs)
        : { model: model.name, status: 'failed', error: `It is built from ${broken}, which failed.` };
    if (result.status === 'failed') failed.add(model.name);
    done.push(result);
    report(context.events, result);
  }
  return done;
}

/** Streams and materialized models that a model is made of, through views. */
export function materialInputs(model: Model, byName: ReadonlyMap<string, Model>): string[] {
  return [
    ...new Set(
      model.inputs.flatMap((input) => {
        const other = byName.get(input);
        return other === undefined || other.kind === 'materialized' ? [input] : materialInputs(other, byName);
      }),
    ),
  ];
}

async function refreshOne(context: RefreshContext, signed: Signed, signs: Signer): Promise<ModelRefresh> {
  const { database, schemas, options, now, all } = context;
  const { model } = signed;
  const book = analyticsBook(schemas);
  const name = namesFor(schemas, options).model(model.name);
  const start = now();
  try {
    const result = await database.transaction(async (session): Promise<ModelRefresh> => {
      const [row] = await session.query<{ signature: string | null; populated: boolean }>(
        `select a.signature, c.relispopulated as populated
           from ${book} a join pg_class c on c.oid = to_regclass($2) where a.model = $1`,
        [model.name, name],
      );
      if (row === undefined) throw new Error('it is not there; "sigma-sync analytics refresh" creates it');
      // This look may be older than the data that the refresh reads, never newer: at worst one refresh too many.
      const signature = await signs.sign(session, signed);
      const same = row.populated && row.signature === signature;
      if (same && all !== true) return { model: model.name, status: 'unchanged' };
      await tune(session);
      await limitStatements(session, LONGEST_MS);
      // The embedded database has one connection, so nobody reads meanwhile.
      const beside = row.populated && database.kind === 'postgres' ? 'concurrently ' : '';
      await session.query(`refresh materialized view ${beside}${name}`);
      await session.query(`analyze ${name}`);
      const [count] = await session.query<{ rows: number }>(`select count(*)::integer as rows from ${name}`);
      const durationMs = Math.round(now() - start);
      await session.query(
        `update ${book} set signature = $2, refreshed_at = now(), duration_ms = $3, rows = $4 where model = $1`,
        [model.name, signature, durationMs, count?.rows ?? 0],
      );
      return { model: model.name, status: 'refreshed', rows: count?.rows ?? 0, durationMs };
    });
    // Walks read indexes alone once it is known that all rows are to be seen; and a refresh beside readers leaves old ones.
    if (result.status === 'refreshed')
      await database.session((session) => session.query(`vacuum (skip_locked) ${name}`));
    return result;
  } catch (error) {
    return { model: model.name, status: 'failed', error: describeError(error) };
  }
}

function report(events: EventBus, { model, status, rows, durationMs, error }: ModelRefresh): void {
  if (status === 'refreshed')
    events.emit('analytics.refreshed', { model, rows: rows ?? 0, durationMs: durationMs ?? 0 });
  if (status === 'failed') events.emit('analytics.failed', { model, error: error ?? '' });
}
