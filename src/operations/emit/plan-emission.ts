/** Decides what an emission sends of each stream: all rows or what changed, and why. */
import { type Database, quoteTable, type Session } from '../../core/database/database.ts';
import type { Schemas } from '../../state/schemas.ts';
import type { EmissionState, StreamPosition } from './emission-state.ts';
import type { Loads } from './exported-table.ts';

/** Where the log ends, and what it knows. Positions above `position` are of later changes. */
export interface LogEnd {
  readonly database: string;
  readonly position: bigint;
  /** By the database's clock, in seconds. */
  readonly at: number;
  /** The same in milliseconds: what an emission of all rows is numbered by. */
  readonly version: number;
  /** By stream, since when every change is in the log, in seconds. */
  readonly since: ReadonlyMap<string, number>;
  /** By stream, the last rewriting of all its rows. */
  readonly rewritten: ReadonlyMap<string, bigint>;
}

/** A toggled `history.exclude` leaves a gap; an expired month moves the begin of a log that is older than this. */
const RECENT_S = 86_400;

/** A writer that takes longer than this for one transaction ends an emission instead of being waited for. */
const LOCK_TIMEOUT = '60s';

/**
 * Reads where the log ends. Ids are given out before their transactions commit, so writers are waited for: every change
 * up to the position is visible then, and none below it can come later.
 *
 * @throws DatabaseError
 */
export async function readLogEnd(database: Database, schemas: Schemas): Promise<LogEnd> {
  const of = (name: string): string => quoteTable(schemas.state, name);
  return database.transaction(async (session) => {
    await session.query(`set local lock_timeout = '${LOCK_TIMEOUT}'`);
    await session.query(`lock table ${of('changes')}, ${of('rewrites')} in share mode`);
    const [end] = await session.query<{ database: string; position: string; ms: number }>(
      `select (select id::text from ${of('database_id')}) as database,
              (select (case when is_called then last_value else 0 end)::text from ${of('changes_change_id_seq')}) as position,
              floor(1000 * extract(epoch from clock_timestamp()))::double precision as ms`,
    );
    return {
      database: end?.database ?? '',
      position: BigInt(end?.position ?? 0),
      at: Math.floor((end?.ms ?? 0) / 1000),
      version: end?.ms ?? 0,
      since: await mapOf(
        session,
        `select stream, extract(epoch from since)::bigint::text as value from ${of('history')}`,
        Number,
      ),
      rewritten: await mapOf(
        session,
        `select stream, max(change_id)::text as value from ${of('rewrites')} where key is null group by stream`,
        BigInt,
      ),
    };
  });
}

async function mapOf<T>(session: Session, sql: string, read: (value: string) => T): Promise<Map<string, T>> {
  const rows = await session.query<{ stream: string; value: string }>(sql);
  return new Map(rows.map(({ stream, value }) => [stream, read(value)]));
}

/** What is sent of a stream. `why` is set where all rows are sent. */
export type Decision =
  | { readonly kind: 'full'; readonly why: string }
  | { readonly kind: 'changes'; readonly from: StreamPosition };

/** The position of a stream whose first emission is under way. */
export const BEGUN = { position: '0', shape: '' } as const;

/** What of a stream tells whether a state still holds. */
export interface Place {
  /** As the log calls it. */
  readonly name: string;
  readonly shape: string;
  /** Why what happened since can't be known; undefined where it can. */
  readonly gap: (from: StreamPosition) => string | undefined;
}

/** Whether everything that happened to a stream since the state was written is known. */
export function decide(
  { name, shape, gap }: Place,
  end: LogEnd,
  state: EmissionState | undefined,
  from: StreamPosition | undefined,
): Decision {
  const full = (why: string): Decision => ({ kind: 'full', why });
  if (state === undefined || from === undefined) return full('it was not sent before');
  if (state.database !== end.database) return full('the state is of another database');
  if (from.shape === BEGUN.shape) return full('its first emission was cut off');
  const unknown = gap(from);
  if (unknown !== undefined) return full(unknown);
  if (BigInt(from.position) > end.position)
    return full('the state is ahead of the database, which was restored');
  if (from.shape !== shape) return full('its columns or privacy settings changed');
  if ((end.rewritten.get(name) ?? 0n) > BigInt(from.position))
    return full('all its rows were rewritten or reset');
  return { kind: 'changes', from };
}

/** Why the log lacks something of a stream since a position. */
export function gapInLog(since: number | undefined, from: StreamPosition): string | undefined {
  if (since === undefined) return 'the change log has no complete history of it';
  return since !== from.since && since > from.at - RECENT_S ? 'the change log has a gap' : undefined;
}

/** Why the books do not tell what was loaded into an exported table since a position. */
export function gapInLoads({ since, isKnown }: Loads, from: StreamPosition): string | undefined {
  if (from.load === undefined || since !== from.since) return 'its table was recreated';
  return isKnown ? undefined : 'the database does not know the load that was sent last';
}
