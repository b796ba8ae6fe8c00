/**
 * The shorter way to a stream, if it declares one: schedules by their owners, who are fewer than documents. It
 * replaces the partitions of a first load and of most slow cycles. If any part of it is refused or fails, the
 * partitions themselves are read. They are also read with `--full`, if their document changed, and every fourth time:
 * a shortcut does not show schedules of owners who are not listed or no longer see the document.
 */

import { quoteTable } from '../core/database/database.ts';
import { describeError } from '../core/errors.ts';
import type { PartitionKind, Stream } from '../extractors/stream.ts';
import type { Unit } from '../extractors/unit.ts';
import type { Loader } from '../loaders/loader.ts';
import { means, statusOf } from '../sigma/status.ts';
import { coverPartitions, MOST_COVERED } from '../state/partitions.ts';
import { assertRunning } from '../state/run-fence.ts';
import type { Missing } from './availability.ts';
import { areListed, countCandidates } from './choose-kinds.ts';
import { candidatesSql, dueSql, readInCycle } from './due-sql.ts';
import type { StreamWork } from './pass.ts';
import { type PlanContext, planKinds, type StreamPlan } from './plan.ts';
import { runUnit, SourceChoice } from './run-unit.ts';
import type { RunContext } from './sync-engine.ts';

/**
 * Takes it where that is worth it.
 *
 * @param plan the due partitions without it.
 * @returns how many partitions need not be read any more.
 * @throws errors that end a run.
 */
export async function takeShortcut(
  context: RunContext,
  stream: Stream,
  work: StreamWork,
  plan: StreamPlan,
  planning: PlanContext & { readonly missing: Missing },
): Promise<number> {
  const { shortcut } = stream;
  if (shortcut === undefined || !(await isWorthIt(context, stream, shortcut, plan, planning))) return 0;
  const { total } = plan;
  const units = (await planKinds(stream, { kinds: [shortcut], total, instead: '' }, planning)).units();
  const skipped = await work.pass((loader) => readAll(context, stream, shortcut, units, loader));
  if (skipped === undefined || context.stop.aborted) return 0;
  return cover(context, stream, shortcut, skipped, planning);
}

async function isWorthIt(
  { engine, run }: RunContext,
  stream: Stream,
  shortcut: PartitionKind,
  { due, total }: StreamPlan,
  { refreshMs, missing, cycleId, schemas }: PlanContext & { readonly missing: Missing },
): Promise<boolean> {
  if (run.full || run.command === 'backfill' || missing.has(shortcut.parent)) return false;
  if ((due.new ?? 0) + (due.turn ?? 0) === 0) return false;
  // An interval of nothing has no turns, of which one in four would be the document's own.
  if (refreshMs(stream.name) <= 0 && (due.swept ?? 0) > 0) return false;
  // Rows that it lacks are found by a column, which may be hidden.
  if (engine.privacy?.of(stream.name)?.mask.cells.has(shortcut.column) === true) return false;
  return engine.database.session(
    async (session) =>
      (await areListed(session, schemas, [shortcut.parent], cycleId)) &&
      (await countCandidates(session, schemas, stream, [shortcut])) < total,
  );
}

/**
 * Reads units, the first ones alone, until one is refused or fails.
 *
 * @returns partitions whose parent is gone meanwhile; undefined where not all of it could be read.
 */
async function readAll(
  { engine, stop, ...context }: RunContext,
  stream: Stream,
  shortcut: PartitionKind,
  units: AsyncIterable<Unit>,
  loader: Loader,
): Promise<string[] | undefined> {
  const choice = new SourceChoice();
  const skipped: string[] = [];
  let isKnown = false;
  let failure: { readonly error: unknown; readonly message: string } | undefined;
  const read = async (unit: Unit): Promise<void> => {
    if (failure !== undefined) return;
    const outcome = await runUnit({ engine, stop, ...context }, stream, unit, loader, choice);
    if (outcome.kind === 'loaded') isKnown = true;
    else if (outcome.kind === 'skipped') skipped.push(unit.partition);
    else failure ??= outcome;
  };
  const rest = async function* (): AsyncGenerator<Unit> {
    for await (const unit of units) {
      if (stop.aborted || failure !== undefined) return;
      if (isKnown) yield unit;
      else await read(unit);
    }
  };
  await engine.executor.run(rest(), read, stop);
  await loader.drain();
  if (failure === undefined) return skipped;
  const { error, message } = failure;
  engine.events.emit('api.degraded', {
    stream: stream.name,
    from: `by ${shortcut.kind}`,
    to: `by ${stream.partitions?.[0]?.[0]?.kind ?? 'partition'}`,
    reason: error === undefined ? message : describeError(error),
    ...(means(statusOf(error), 'refused') ? { isUsual: true } : {}),
  });
  return undefined;
}

/** Moves the cursors of what the shortcut stands in for. */
async function cover(
  { engine, run }: RunContext,
  stream: Stream,
  shortcut: PartitionKind,
  skipped: readonly string[],
  { database, schemas, cycleId, cycleStartedAt, now, refreshMs }: PlanContext,
): Promise<number> {
  const interval = refreshMs(stream.name);
  const kinds = (stream.partitions ?? []).flat();
  const parameters = [stream.name, cycleId, cycleStartedAt.toISOString(), now.toISOString()];
  return database.transaction(async (session) => {
    await assertRunning(session, schemas, run.runId);
    const before = await session.query(
      `select 1 from (${candidatesSql(stream, [shortcut], schemas)}) c
         left join ${quoteTable(schemas.state, 'partitions')} s on s.stream = $1 and s.partition = c.partition
        where (${readInCycle(schemas, false)}) is not true and c.partition <> all($4::text[]) limit 1`,
      [stream.name, cycleId, cycleStartedAt.toISOString(), skipped],
    );
    // A new document may have come after its owner was read, unless all owners were read just now.
    const isNew = before.length === 0 ? "or d.reason = 'new'" : '';
    const due = dueSql(stream, kinds, schemas, { full: false, refreshMs: interval, backfill: false });
    return coverPartitions(session, schemas, {
      due: `select d.partition, d.kind, d.signal from (${due}) d
              left join ${quoteTable(schemas.state, 'partitions')} s on s.stream = $1 and s.partition = d.partition
             where d.reason = 'turn' and coalesce(s.covered, 0) < ${MOST_COVERED} ${isNew}`,
      parameters,
      run,
      at: engine.now(),
    });
  });
}
