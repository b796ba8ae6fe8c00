/** Notes, in the transaction that loads complete listings, which stored rows those listings lack. */
import type { Session } from '../core/database/database.ts';
import { kindsOf, type Stream } from '../extractors/stream.ts';
import type { ExtractSummary, Unit } from '../extractors/unit.ts';
import type { AbsenceSql } from './absence-sql.ts';
import { judge, raisesDoubt } from './deletion-proof.ts';

/** Values that all units of a commit share. */
export interface NoteContext {
  readonly stream: Stream;
  readonly runId: string;
  readonly sql: AbsenceSql;
  /** Time of the commit, ISO 8601. */
  readonly at: string;
  /** False where there are none of the stream: the look-up of those that are there after all joins every staged row. */
  readonly hasAbsences: boolean;
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
  const { stream, runId, sql, at, hasAbsences } = context;
  if (hasAbsences) await session.query(sql.forgetAbsences, [units.map(({ number }) => number)]);
  const whole = units.filter(
    ({ unit, summary }) => raisesDoubt(stream, summary) && !keepsAll(unit.value, summary, sql.keptColumn),
  );
  const proves = ({ summary: listing }: StagedUnit, again: boolean): boolean =>
    judge(stream, { by: 'listing', listing, again }) === 'deleted';
  for (const one of whole.filter(({ unit }) => unit.kind === 'root')) {
    const { number, unit } = one;
    const proofs = [proves(one, false), at, proves(one, true)];
    await session.query(sql.noteRootAbsences, [number, unit.stream, runId, ...proofs]);
  }
  const indirect = whole.filter(({ unit }) => unit.kind === stream.shortcut?.kind);
  if (sql.noteMissed !== undefined && indirect.length > 0) {
    const values = indirect.map(({ unit }) => unit.value);
    await session.query(sql.noteMissed, [
      indirect.map(({ number }) => number),
      stream.name,
      runId,
      at,
      values,
    ]);
  }
  const kinds = new Map(kindsOf(stream).map((kind) => [kind.kind, kind]));
  for (const kind of kinds.values()) {
    for (const byRepetition of [false, true]) {
      const own = whole.filter((one) => one.unit.kind === kind.kind && proves(one, true) === byRepetition);
      if (own.length === 0) continue;
      await session.query(sql.noteAbsences(kind), [
        own.map(({ number }) => number),
        stream.name,
        runId,
        own.map((one) => proves(one, false)),
        at,
        byRepetition,
        own.map(({ unit }) => unit.value),
        own.map(({ unit }) => unit.partition),
        ...(sql.keptColumn === undefined ? [] : keptOf(own)),
      ]);
    }
  }
}

/** True where a unit could not look for any rows of its partition, whose value it gives in place of single ones. */
function keepsAll(value: string, { kept = [] }: ExtractSummary, keptColumn: string | undefined): boolean {
  return kept.length > 0 && (keptColumn === undefined || kept.includes(value));
}

/** Partitions and values whose rows a unit could not look for, as two arrays. */
function keptOf(units: readonly StagedUnit[]): [string[], string[]] {
  const pairs = units.flatMap(({ unit, summary }) =>
    (summary.kept ?? []).map((value) => [unit.partition, value] as const),
  );
  return [pairs.map(([partition]) => partition), pairs.map(([, value]) => value)];
}
