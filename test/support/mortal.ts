/** A database and a client that fail, or die with their whole process, at a chosen point of an export. */
import type { CopyFrom, Database, Session } from '../../src/core/database/database.ts';
import { ApiError, DatabaseError } from '../../src/core/errors.ts';
import type { ExportEngine } from '../../src/exports/export-engine.ts';

/**
 * The moment of its end: as an export is asked for; within a COPY; after the rows are in the table and before the
 * window is recorded; after that and before the commit; right after the commit.
 */
export const POINTS = ['asking', 'copying', 'saving', 'committing', 'committed'] as const;
export type Point = (typeof POINTS)[number];

/** See {@link mortal}. */
export interface Mortal {
  readonly engine: ExportEngine;
  /**
   * Ends it the `times`th time it comes to a point. `vanish`: nothing reaches the database from then on, as if the
   * process were gone; else one call fails, and the run can tell of it.
   */
  end(point: Point, times: number, vanish: boolean): void;
  /** True where it came to that point; whatever was planned is off. */
  revive(): boolean;
}

/** Wraps an engine. */
export function mortal(engine: ExportEngine): Mortal {
  let plan: { readonly point: Point; left: number; readonly vanish: boolean } | undefined;
  let hasEnded = false;
  let isGone = false;

  const lost = (): DatabaseError => new DatabaseError('The connection to the database broke.');
  const alive = (): void => {
    if (isGone) throw lost();
  };
  const at = (point: Point): void => {
    alive();
    if (plan?.point !== point || --plan.left > 0) return;
    hasEnded = true;
    isGone = plan.vanish;
    plan = undefined;
    // A connection that breaks may be tried again; this may not.
    throw point === 'asking' && !isGone
      ? new ApiError('Sigma answered 403.', { context: { status: 403 } })
      : lost();
  };

  function watched(session: Session, seen: { saved: boolean }): Session {
    return {
      async query(sql, parameters) {
        alive();
        const saves = sql.includes('"export_windows"') && sql.includes('insert into');
        if (saves) at('saving');
        const rows = await session.query<never>(sql, parameters);
        seen.saved ||= saves;
        return rows;
      },
      queryForeign: (sql) => session.queryForeign(sql),
      async copyIn(target, chunks) {
        at('copying');
        await session.copyIn(target, chunks);
      },
      copyFrom: (copy: CopyFrom, source) =>
        session.copyFrom(
          copy,
          (async function* () {
            for await (const chunk of source) {
              yield chunk;
              at('copying');
            }
          })(),
        ),
    };
  }

  const { database, client } = engine;
  const wrapped: Database = {
    ...database,
    async session(work) {
      alive();
      return database.session((session) => work(watched(session, { saved: false })));
    },
    async transaction(work) {
      alive();
      const seen = { saved: false };
      const result = await database.transaction(async (session) => {
        const done = await work(watched(session, seen));
        if (seen.saved) at('committing');
        return done;
      });
      if (seen.saved) at('committed');
      return result;
    },
  };
  return {
    engine: {
      ...engine,
      database: wrapped,
      client: {
        ...client,
        async requestExport(path, body, options) {
          options?.signal?.throwIfAborted();
          at('asking');
          return client.requestExport(path, body, options);
        },
      },
    },
    end(point, times, vanish) {
      plan = { point, left: times, vanish };
    },
    revive() {
      const ended = hasEnded;
      plan = undefined;
      hasEnded = false;
      isGone = false;
      return ended;
    },
  };
}
