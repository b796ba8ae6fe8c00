/** Watches a sync from outside its code: statements by wrapping the database, requests by their events. */
import type { Database, Session } from '../../src/core/database/database.ts';
import type { EventBus } from '../../src/core/events/bus.ts';

/** Kinds of database work that are told apart. */
export const STATEMENTS = ['copy', 'merge', 'cursors', 'absences', 'other'] as const;
export type Statement = (typeof STATEMENTS)[number];

/** Sums of one phase; times are seconds. */
export class Meter {
  requests = 0;
  /** Seconds of all requests together: several are under way at once. */
  httpSeconds = 0;
  commits = 0;
  commitSeconds = 0;
  readonly statements = new Map<Statement, number>(STATEMENTS.map((kind) => [kind, 0]));
  /** Time in which at least one statement was under way. */
  databaseSeconds = 0;
  #under = 0;
  #since = 0;

  /** Counts the requests and commits of a bus from now on; the returned function stops it. */
  listen(events: EventBus): () => void {
    const stops = [
      events.on('http.request', ({ durationMs }) => {
        this.requests++;
        this.httpSeconds += durationMs / 1000;
      }),
      events.on('batch.committed', ({ durationMs }) => {
        this.commits++;
        this.commitSeconds += durationMs / 1000;
      }),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }

  /** Times one statement. */
  async time<T>(kind: Statement, work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    if (this.#under++ === 0) this.#since = started;
    try {
      return await work();
    } finally {
      const ended = performance.now();
      this.statements.set(kind, (this.statements.get(kind) ?? 0) + (ended - started) / 1000);
      if (--this.#under === 0) this.databaseSeconds += (ended - this.#since) / 1000;
    }
  }
}

/** The same database, with every statement of a session timed by the meter of the moment. */
export function metered(database: Database, meter: () => Meter): Database {
  const watch = (session: Session): Session => ({
    query: (sql, parameters) => meter().time(kindOf(sql), () => session.query(sql, parameters)),
    queryForeign: (sql) => session.queryForeign(sql),
    copyIn: (target, chunks) => meter().time('copy', () => session.copyIn(target, chunks)),
    copyFrom: (copy, source) => meter().time('copy', () => session.copyFrom(copy, source)),
  });
  return {
    ...database,
    session: (work) => database.session((session) => work(watch(session))),
    transaction: (work) => database.transaction((session) => work(watch(session))),
  };
}

function kindOf(sql: string): Statement {
  if (/with entries as materialized/.test(sql)) return 'merge';
  if (/insert into \S+"partitions"/.test(sql)) return 'cursors';
  return /"absences"/.test(sql) ? 'absences' : 'other';
}
