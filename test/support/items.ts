/** The common parts of the tests of the database seam. */
import { expect } from 'vitest';
import type { Session } from '../../src/core/database/database.ts';
import { openTestDatabase, type TestDatabase } from './database.ts';

/** A database with one table, `public.items (n integer, body text)`. */
export async function openWithItems(): Promise<TestDatabase> {
  const test = await openTestDatabase();
  await test.database.session((session) => session.query('create table public.items (n integer, body text)'));
  return test;
}

export async function bodies(session: Session): Promise<unknown[]> {
  const rows = await session.query('select body from public.items order by n');
  return rows.map((row) => row['body']);
}

/** A database error as a user sees it. */
export function databaseError(message: RegExp, advice: RegExp): unknown {
  return expect.objectContaining({
    code: 'database',
    message: expect.stringMatching(message),
    advice: expect.stringMatching(advice),
  });
}
