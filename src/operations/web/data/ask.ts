/** Asks the database, and turns its being away or empty into something that a page can say. */
import { type Database, limitStatements, type Session } from '../../../core/database/database.ts';
import { RERUN, sqlState } from '../../../core/database/database-error.ts';
import { urgently } from '../../../core/database/urgency.ts';
import { causedBy, DatabaseError, describeError, LockedError } from '../../../core/errors.ts';
import { within } from '../../../core/within.ts';
import { pendingMigrations } from '../../../state/migrate.ts';
import type { Schemas } from '../../../state/schemas.ts';
import type { ServiceControl } from '../service-control.ts';

export interface Problem {
  /** `refused`: it is there, but says no; `new`: nothing has run yet; `outdated`: migrations are missing. */
  readonly kind: 'unreachable' | 'refused' | 'new' | 'outdated';
  /** For people, without secrets. */
  readonly reason: string;
}

/** True where there is no answer because of the database. */
export function isDown(problem: Problem | undefined): boolean {
  return problem?.kind === 'unreachable' || problem?.kind === 'refused';
}

/** The answer to a question, or the problem. */
export type Answer<T> = { readonly value: T; readonly problem?: undefined } | { readonly problem: Problem };

/** A question to a session. */
type Question<T> = (session: Session, schemas: Schemas) => Promise<T>;
/** A question to the database itself. */
type DatabaseQuestion<T> = (database: Database, schemas: Schemas) => Promise<T>;

/** The database as pages see it. */
export interface Questions {
  /** Runs `work` where the database can be reached and has our tables. */
  ask<T>(work: Question<T>): Promise<Answer<T>>;
  /** The same with the database itself, for work that opens its own transaction. */
  askDatabase<T>(work: DatabaseQuestion<T>): Promise<Answer<T>>;
  /** As `ask`, with an answer of at most `ms` milliseconds ago. */
  cached<T>(key: string, ms: number, work: Question<T>): Promise<Answer<T>>;
}

/** Time limit of the database's answers, in milliseconds. */
const PATIENCE_MS = 10_000;
/** A statement that a page asks by itself is ended before that, so that the page can say why. */
export const STATEMENT_MS = 8000;
/** Entries of the cache; its keys are few, and never a visitor's. */
const MOST_CACHED = 50;

const NEW = 'No sync has run yet, so there is nothing to show.';
const OUTDATED = 'An earlier version made the tables. The next run or "sigma-sync migrate" updates them.';

/**
 * @param patienceMs how long the database may take.
 * @param ofMany true for a page over many organizations, which have their tables elsewhere.
 */
export function questions(control: ServiceControl, patienceMs = PATIENCE_MS, ofMany = false): Questions {
  /** Schemas that were found complete: tables do not go away. */
  let complete = '';
  const cache = new Map<string, { readonly until: number; readonly answer: Promise<Answer<unknown>> }>();

  async function attempt<T>(work: DatabaseQuestion<T>): Promise<Answer<T>> {
    const { schemas } = control.app;
    const database = await control.database();
    if (!ofMany && complete !== schemas.state) {
      const missing = await pendingMigrations(database, schemas);
      const isNew = missing.includes(FIRST);
      if (missing.length > 0)
        return { problem: { kind: isNew ? 'new' : 'outdated', reason: isNew ? NEW : OUTDATED } };
      complete = schemas.state;
    }
    return { value: await work(database, schemas) };
  }

  async function askDatabase<T>(work: DatabaseQuestion<T>): Promise<Answer<T>> {
    try {
      const answer = urgently(() => attempt(work));
      if (await within(answer, patienceMs)) return await answer;
      throw new DatabaseError(`The database did not answer within ${patienceMs / 1000} s.`, {
        advice: 'A run may keep it busy. Reload the page.',
      });
    } catch (error) {
      // Anything else is a fault of ours, which a page must not explain away.
      if (!causedBy(error, DatabaseError) && !causedBy(error, LockedError)) throw error;
      complete = '';
      // Advice for a run does not help the reader of a page.
      const reason = control.app.redact(describeError(error)).replace(RERUN, '').trim();
      return { problem: { kind: isRefusal(error) ? 'refused' : 'unreachable', reason } };
    }
  }

  const ask: Questions['ask'] = (work) =>
    askDatabase((database, schemas) =>
      database.transaction(async (session) => {
        // Nobody waits for it any longer.
        await limitStatements(session, patienceMs);
        return work(session, schemas);
      }),
    );

  return {
    ask,
    askDatabase,
    cached<T>(key: string, ms: number, work: Question<T>) {
      const now = performance.now();
      const known = cache.get(key);
      if (known !== undefined && known.until > now) return known.answer as Promise<Answer<T>>;
      const answer = ask(work);
      cache.delete(key);
      cache.set(key, { until: now + ms, answer });
      answer.catch(() => cache.delete(key));
      if (cache.size > MOST_CACHED) cache.delete(cache.keys().next().value ?? '');
      return answer;
    },
  };
}

/** True where a server answered, and nothing about the connection or the server itself was wrong. */
function isRefusal(error: unknown): boolean {
  const state = sqlState(error);
  return state !== undefined && /^(22|23|25|42|55)[0-9A-Z]{3}$/.test(state);
}

/** The migration that makes the first tables. */
const FIRST = '0001_state';
