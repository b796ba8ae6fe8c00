/** Writes down what happened in a run that somebody may ask about later: failures, drift, guards. */
import { type Database, quoteTable } from '../core/database/database.ts';
import type { EventBus, EventName, Events } from '../core/events/bus.ts';
import type { Schemas } from './schemas.ts';

/** Rows that one run may leave: the first tell the story, the log has the rest. */
const MOST_EVENTS = 200;
/** Of one event of one stream. */
const MOST_ALIKE = 25;
const LONGEST_DETAIL = 1000;

/** Something that happened. */
interface Note {
  readonly at: Date;
  readonly event: EventName;
  readonly stream: string | undefined;
  readonly detail: string;
  readonly requestId: string | undefined;
}

type Describe<N extends EventName> = (fields: Events[N]) => Omit<Note, 'at' | 'event'>;

const about = (
  stream: string | undefined,
  detail: string,
  requestId?: string,
): Omit<Note, 'at' | 'event'> => ({
  stream,
  detail,
  requestId,
});

/** Events that are kept, and their words. */
const KEPT: { readonly [N in EventName]?: Describe<N> } = {
  'partition.failed': ({ stream, partition, error, requestId }) =>
    about(stream, `${partition}: ${error}`, requestId),
  'entry.rejected': ({ stream, partition, position, field, requestId }) =>
    about(stream, `entry ${position} of ${partition} was left out: it has no ${field}`, requestId),
  'schema.drift': ({ stream, field, expected, received, count }) =>
    about(stream, `${field} should be ${expected} and was ${received}, ${count} times`),
  'deletion.guarded': ({ stream, advice }) => about(stream, advice),
  'stream.unavailable': ({ stream, reason }) => about(stream, reason),
  'stream.doubted': ({ stream, reason }) => about(stream, reason),
  'stream.retired': ({ stream, reason }) => about(stream, reason),
  'stream.returned': ({ stream }) => about(stream, 'it was retired and is back'),
  'api.degraded': ({ stream, from, to, reason }) => about(stream, `${to} instead of ${from}: ${reason}`),
  'absence.refuted': ({ stream, present, hidden }) =>
    about(stream, `missing from a listing, but not deleted: ${present} still there, ${hidden} hidden`),
  'privacy.rewritten': ({ stream, rows }) => about(stream, `${rows} rows rewritten by the privacy settings`),
  'export.drift': ({ export: name, change, column, detail }) =>
    about(`export ${name}`, `column ${column} ${change}: ${detail}`),
  'export.guarded': ({ export: name, advice }) => about(`export ${name}`, advice),
  'export.warning': ({ export: name, detail }) => about(`export ${name}`, detail),
  'export.rejected': ({ export: name, row, column, reason }) =>
    about(`export ${name}`, `row ${row}${column === null ? '' : `, column ${column}`}: ${reason}`),
  'export.rewound': ({ export: name, watermark, to, reason }) =>
    about(`export ${name}`, `watermark moved back from ${watermark} to ${to ?? 'the start'}: ${reason}`),
  'export.reread': ({ export: name, reading, error }) =>
    about(`export ${name}`, `reading ${reading} broke off: ${error}`),
};

/** Notes of one run. */
export interface RunEvents {
  /** Writes the notes down; what comes later is not kept. @throws DatabaseError */
  save(database: Database, schemas: Schemas): Promise<void>;
}

/** Listens to the runs of a bus, one after the other. `redact` takes secrets out of what is stored. */
export function keepRunEvents(bus: EventBus, now: () => Date, redact: (text: string) => string): RunEvents {
  const notes: (Note & { readonly runId: string })[] = [];
  const alike = new Map<string, number>();
  const perRun = new Map<string, number>();
  const stop = bus.onAny((event, fields, { runId }) => {
    const describe = KEPT[event] as Describe<EventName> | undefined;
    if (describe === undefined || runId === undefined) return;
    const note = describe(fields as never);
    const key = `${runId} ${event} ${note.stream ?? ''}`;
    const [same, all] = [alike.get(key) ?? 0, perRun.get(runId) ?? 0];
    if (same >= MOST_ALIKE || all >= MOST_EVENTS) return;
    alike.set(key, same + 1);
    perRun.set(runId, all + 1);
    notes.push({ ...note, runId, at: now(), event, detail: redact(note.detail).slice(0, LONGEST_DETAIL) });
  });
  return {
    async save(database, schemas) {
      stop();
      if (notes.length === 0) return;
      await database.session((session) =>
        session.query(
          `insert into ${quoteTable(schemas.state, 'run_events')} (run_id, at, event, stream, detail, request_id)
           select n.* from unnest($1::text[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[])
               as n(run_id, at, event, stream, detail, request_id)
             join ${quoteTable(schemas.state, 'runs')} r on r.run_id = n.run_id`,
          [
            notes.map(({ runId }) => runId),
            notes.map(({ at }) => at.toISOString()),
            notes.map(({ event }) => event),
            notes.map(({ stream }) => stream ?? null),
            // Postgres can't store a NUL.
            notes.map(({ detail }) => detail.replaceAll('\0', '')),
            notes.map(({ requestId }) => requestId ?? null),
          ],
        ),
      );
    },
  };
}
