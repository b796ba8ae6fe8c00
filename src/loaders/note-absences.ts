/** Notes, in the transaction that loads complete listings, which stored rows those listings lack. */
import { quoteTable, type Session } from '../core/database/database.ts';
import { kindsOf, type Stream } from '../extractors/stream.ts';
import type { ExtractSummary, Unit } from '../extractors/unit.ts';
import type { Schemas } from '../state/schemas.ts';
import type { MergeSql } from './merge-sql.ts';

/** What is the same for every unit of a commit. */
export interface NoteContext {
  readonly stream: Stream;
  readonly schemas: Schemas;
  readonly runId: string;
  readonly sql: MergeSql;
  /** Time of the commit, ISO 8601. */
  readonly at: string;
}

/** A unit whose rows lie in the staging table. */
interface StagedUnit {
  readonly unit: Unit;
  readonly number: number;
  readonly summary: ExtractSummary;
}

/** Notes absences and forgets those of rows that are there after all. @throws DatabaseError */
export async function noteAbsences(
  session: Session,
  context: NoteContext,
  units: readonly StagedUnit[],
): Promise<void> {
  const { stream, runId, sql, at } = context;
  await forgetPresent(session, context, units);
  // Where an entry was rejected only a direct look can tell whose absence it explains.
  const whole = units.filter(
    ({ summary: { rejected, kept = [] } }) =>
      (rejected === 0 || stream.get !== undefined) && (kept.length === 0 || sql.keptColumn !== undefined),
  );
  for (const { unit, number, summary } of whole.filter(({ unit }) => unit.kind === 'root')) {
    const proves = provesByRepetition(stream, unit, summary);
    const { selfProving } = summary;
    await session.query(sql.noteRootAbsences, [number, unit.stream, runId, selfProving, at, proves]);
  }
  const kinds = new Map(kindsOf(stream).map((kind) => [kind.kind, kind]));
  for (const kind of kinds.values()) {
    for (const proves of [false, true]) {
      const own = whole.filter(
        ({ unit, summary }) =>
          unit.kind === kind.kind && provesByRepetition(stream, unit, summary) === proves,
      );
      if (own.length === 0) continue;
      await session.query(sql.noteAbsences(kind), [
        own.map(({ number }) => number),
        stream.name,
        runId,
        own.map(({ summary }) => summary.selfProving),
        at,
        proves,
        own.map(({ unit }) => unit.value),
        own.map(({ unit }) => unit.partition),
        ...(sql.keptColumn === undefined ? [] : keptOf(own)),
      ]);
    }
  }
}

/** Partitions and values whose rows a unit could not look for, as two arrays. */
function keptOf(units: readonly StagedUnit[]): [string[], string[]] {
  const pairs = units.flatMap(({ unit, summary }) =>
    (summary.kept ?? []).map((value) => [unit.partition, value] as const),
  );
  return [pairs.map(([partition]) => partition), pairs.map(([, value]) => value)];
}

/**
 * Where entries can't be looked at one by one, a second listing that lacks the row is all the proof there is; but one
 * that hides entries proves nothing.
 */
function provesByRepetition(stream: Stream, unit: Unit, { hidden = 0 }: ExtractSummary): boolean {
  if (stream.subject !== undefined && hidden > 0) return false;
  return stream.get === undefined || unit.confirmsAbsence === true;
}

/** The look-up joins every staged row, so it is left out where the stream has no absences at all. */
async function forgetPresent(
  session: Session,
  { stream, schemas, sql }: NoteContext,
  units: readonly StagedUnit[],
): Promise<void> {
  const some = await session.query(
    `select 1 from ${quoteTable(schemas.state, 'absences')} where stream = $1 limit 1`,
    [stream.name],
  );
  if (some.length > 0) await session.query(sql.forgetAbsences, [units.map(({ number }) => number)]);
}
