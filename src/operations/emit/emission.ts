/** Sends what changed since a state to a destination's format, stream by stream. */
import { type Database, readOnly, type Session } from '../../core/database/database.ts';
import type { Schemas } from '../../state/schemas.ts';
import type { EmissionState, StreamPosition } from './emission-state.ts';
import { type EmittedTable, type RowsToSend, rowsSql, shapeOf } from './emitted-table.ts';
import { type ExportedTable, exportedRowsSql, isExported, readLoads } from './exported-table.ts';
import {
  BEGUN,
  type Decision,
  decide,
  gapInLoads,
  gapInLog,
  type LogEnd,
  readLogEnd,
} from './plan-emission.ts';

/** Rows that are in memory at once. */
const BATCH = 2000;

/** The way a stream is sent. */
export interface Sending {
  readonly table: EmittedTable;
  /** All live rows replace what the destination has; else only what changed is sent, deletions among it. */
  readonly isFull: boolean;
  /** Grows with each emission of all rows. */
  readonly version: number;
}

/** A destination's format: it gets everything in order, and each call is waited for. */
export interface EmissionFormat {
  /** Field of a row that says when it was deleted. */
  readonly deletedField: string;
  begin(sending: Sending): Promise<void>;
  /** The state while the first emission of a stream is under way; undefined where a cut-off one leaves nothing. */
  begun?(state: EmissionState): Promise<void>;
  /** Rows as JSON objects. */
  rows(sending: Sending, rows: readonly string[]): Promise<void>;
  end(sending: Sending): Promise<void>;
  /** The state that covers everything before it; `isLast` of the last stream. */
  state(state: EmissionState, isLast: boolean): Promise<void>;
}

/** A request for an emission. */
export interface EmissionRequest {
  readonly tables: readonly EmittedTable[];
  /** The hidden fields of a stream, as far as they change the form of its rows. */
  readonly rulesOf: (stream: string) => unknown;
  readonly state: EmissionState | undefined;
  readonly signal: AbortSignal;
  /** Called before each stream. */
  readonly onStream?: (name: string, decision: Decision) => void;
}

/** Counts of a sent stream. */
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
    const plan = { session, schemas, end, request, deletedField: format.deletedField };
    const sent: SentStream[] = [];
    for (const table of request.tables) {
      request.signal.throwIfAborted();
      const { decision, query, position } = isExported(table)
        ? await planExported(plan, table)
        : planStream(plan, table);
      request.onStream?.(table.name, decision);
      const version = versionOf(decision, end, request.state?.streams[table.name]);
      const sending = { table, isFull: decision.kind === 'full', version };
      await format.begin(sending);
      if (streams[table.name] === undefined) {
        // Should it be cut off, the next one sends deleted rows as well: this one may have sent them alive.
        streams[table.name] = { ...position, ...BEGUN, version };
        await format.begun?.({ database: end.database, streams });
      }
      const send = (some: readonly string[]): Promise<void> => format.rows(sending, some);
      const rows = query === undefined ? 0 : await sendRows(session, query, send, request.signal);
      await format.end(sending);
      streams[table.name] = { ...position, version };
      await format.state({ database: end.database, streams }, table === request.tables.at(-1));
      const why = decision.kind === 'full' ? decision.why : undefined;
      sent.push({ name: table.name, mode: decision.kind, why, rows });
    }
    return sent;
  });
}

/** Values that the streams of an emission share. */
interface Plan {
  readonly session: Session;
  readonly schemas: Schemas;
  readonly end: LogEnd;
  readonly request: EmissionRequest;
  readonly deletedField: string;
}

/** The plan for one stream. */
interface StreamPlan {
  readonly decision: Decision;
  /** Undefined where nothing changed since. */
  readonly query: string | undefined;
  readonly position: Omit<StreamPosition, 'version'>;
}

function planStream({ schemas, end, request, deletedField }: Plan, table: EmittedTable): StreamPlan {
  const { name } = table;
  const shape = shapeOf(table, request.rulesOf(name));
  const since = end.since.get(name);
  const before = request.state?.streams[name];
  const place = { name, shape, gap: (from: StreamPosition) => gapInLog(since, from) };
  const decision = decide(place, end, request.state, before);
  const rows = rowsOf(decision, end, isKnown(end, request, before));
  return {
    decision,
    query: rows === undefined ? undefined : rowsSql(table, schemas, rows, deletedField),
    position: { position: String(end.position), at: end.at, since: since ?? 0, shape },
  };
}

async function planExported(
  { session, schemas, end, request, deletedField }: Plan,
  table: ExportedTable,
): Promise<StreamPlan> {
  const { book, mode, rules } = table.exported;
  const shape = shapeOf(table, rules);
  const before = request.state?.streams[table.name];
  const wasSent = isKnown(end, request, before);
  const after = BigInt(wasSent ? (before?.load ?? 0) : 0);
  const loads = await readLoads(session, schemas, table.exported, after);
  const place = { name: book, shape, gap: (from: StreamPosition) => gapInLoads(loads, from) };
  const found = decide(place, end, request.state, before);
  const isReplaced = mode === 'replace';
  const decision: Decision =
    found.kind === 'changes' && isReplaced && loads.hasNew
      ? { kind: 'full', why: 'a load replaced them' }
      : found;
  const gone = wasSent && isReplaced ? loads.mostRows : 0;
  const query =
    decision.kind === 'full'
      ? exportedRowsSql(table, deletedField, { gone })
      : loads.hasNew
        ? exportedRowsSql(table, deletedField, { after })
        : undefined;
  return {
    decision,
    query,
    position: {
      ...{ position: String(end.position), at: end.at, since: loads.since, shape },
      // Records of old loads may be gone by now; what they brought was sent.
      load: String(decision.kind === 'changes' && after > loads.last ? after : loads.last),
    },
  };
}

/** True of a stream that the destination has of this database. */
function isKnown(end: LogEnd, { state }: EmissionRequest, before: StreamPosition | undefined): boolean {
  return state?.database === end.database && before !== undefined;
}

/** Never the one before, even where a clock went back. */
function versionOf(decision: Decision, end: LogEnd, before: StreamPosition | undefined): number {
  if (decision.kind === 'changes') return decision.from.version;
  return Math.max(end.version, (before?.version ?? 0) + 1);
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
