/** Sends what changed since a state to a destination's format, stream by stream. */
import { type Database, readOnly, type Session } from '../../core/database/database.ts';
import type { Schemas } from '../../state/schemas.ts';
import { type EmittedTable, type RowsToSend, rowsSql, shapeOf } from './emitted-table.ts';
import type { EmissionState, StreamPosition } from './emission-state.ts';
import { type Decision, decide, type LogEnd, readLogEnd } from './plan-emission.ts';

/** Rows that are in memory at once. */
const BATCH = 2000;

/** How a stream is sent. */
export interface Sending {
  readonly table: EmittedTable;
  /** All live rows replace what the destination has; else only what changed is sent, deletions among it. */
  readonly isFull: boolean;
  /** Grows with each emission of all rows. */
  readonly version: number;
}

/** A destination's format: it gets everything in order, and each call is waited for. */
export interface EmissionFormat {
  /** Field of a row that says when it was deleted; undefined where a row has none. */
  readonly deletedField: string | undefined;
  begin(sending: Sending): Promise<void>;
  /** Rows as JSON objects. */
  rows(sending: Sending, rows: readonly string[]): Promise<void>;
  end(sending: Sending): Promise<void>;
  /** The state that covers everything before it. */
  state(state: EmissionState): Promise<void>;
}

/** What to send. */
export interface EmissionRequest {
  readonly tables: readonly EmittedTable[];
  /** What is hidden of a stream, as far as it tells one form of its rows from another. */
  readonly rulesOf: (stream: string) => unknown;
  readonly state: EmissionState | undefined;
  readonly signal: AbortSignal;
  /** Told before each stream. */
  readonly onStream?: (name: string, decision: Decision) => void;
}

/** What was sent of a stream. */
export interface SentStream {
  readonly name: string;
  readonly mode: 'full' | 'changes';
  /** Why all rows were sent. */
  readonly why: string | undefined;
  readonly rows: number;
}

/**
 * Sends every stream as it is now. All are read at one moment, so that rows which name each other fit.
 *
 * @throws DatabaseError; what `format` throws; the signal's reason.
 */
export async function emitChanges(
  { database, schemas }: { readonly database: Database; readonly schemas: Schemas },
  request: EmissionRequest,
  format: EmissionFormat,
): Promise<readonly SentStream[]> {
  const end = await readLogEnd(database, schemas);
  const known = request.state?.database === end.database ? request.state.streams : {};
  const streams: Record<string, StreamPosition> = { ...known };
  return readOnly(database, async (session) => {
    const sent: SentStream[] = [];
    for (const table of request.tables) {
      request.signal.throwIfAborted();
      const shape = shapeOf(table, request.rulesOf(table.name));
      const decision = decide(table.name, shape, end, request.state);
      request.onStream?.(table.name, decision);
      const version = versionOf(decision, end, request.state?.streams[table.name]);
      const sending = { table, isFull: decision.kind === 'full', version };
      await format.begin(sending);
      const wanted = rowsOf(decision, end, table.name in known);
      const rows =
        wanted === undefined
          ? 0
          : await sendRows(
              session,
              rowsSql(table, schemas, wanted, format.deletedField),
              (some) => format.rows(sending, some),
              request.signal,
            );
      await format.end(sending);
      streams[table.name] = {
        ...{ position: String(end.position), at: end.at, since: end.since.get(table.name) ?? 0 },
        ...{ shape, version },
      };
      await format.state({ database: end.database, streams });
      const why = decision.kind === 'full' ? decision.why : undefined;
      sent.push({ name: table.name, mode: decision.kind, why, rows });
    }
    return sent;
  });
}

/** Never the one before, even where a clock went back. */
function versionOf(decision: Decision, end: LogEnd, before: StreamPosition | undefined): number {
  if (decision.kind === 'changes') return decision.from.version;
  return Math.max(end.at, (before?.version ?? 0) + 1);
}

/** Undefined where nothing changed since. */
function rowsOf(decision: Decision, end: LogEnd, wasSent: boolean): RowsToSend | undefined {
  if (decision.kind === 'full') return wasSent ? 'all' : 'live';
  const after = BigInt(decision.from.position);
  return after === end.position ? undefined : { after, upTo: end.position };
}

/** Reads through a cursor, so that memory does not follow the size of a table. @returns how many rows were sent */
async function sendRows(
  session: Session,
  sql: string,
  send: (rows: readonly string[]) => Promise<void>,
  signal: AbortSignal,
): Promise<number> {
  await session.query(`declare emission no scroll cursor for ${sql}`);
  let count = 0;
  for (;;) {
    signal.throwIfAborted();
    const rows = await session.query<{ row: string }>(`fetch ${BATCH} from emission`);
    if (rows.length > 0) await send(rows.map(({ row }) => row));
    count += rows.length;
    if (rows.length < BATCH) break;
  }
  await session.query('close emission');
  return count;
}
