/** Names of exported columns, as the database itself takes them. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { columnNames } from '../../src/exports/decide/column-names.ts';
import { POSTGRES_WORDS } from '../../src/exports/decide/postgres-words.ts';
import { openTestDatabase } from '../support/database.ts';

test('the database reserves no word that the list lacks', async () => {
  await using test = await openTestDatabase();
  const words = await test.database.session((session) =>
    session.query<{ word: string }>(
      `select word from pg_get_keywords() where catcode in ('R', 'T')
       union select attname from pg_attribute where attrelid = 'pg_class'::regclass and attnum < 0`,
    ),
  );
  expect(words.length).toBeGreaterThan(90);
  expect(words.map(({ word }) => word).filter((word) => !POSTGRES_WORDS.has(word))).toEqual([]);
});

test('names need no quotes and come back as they are', async () => {
  await using test = await openTestDatabase();
  const labels = [
    ...POSTGRES_WORDS,
    ...fc.sample(fc.string({ unit: 'binary', maxLength: 80 }), { numRuns: 300, seed: 4 }),
    ...[
      '',
      '"',
      "'; drop table t; --",
      '2024',
      'été',
      'हिन्दी',
      'שלום',
      '名'.repeat(40),
      '_row_number',
      'a$b',
    ],
  ];
  const names = columnNames(labels).map(({ name }) => name);
  await test.database.session(async (session) => {
    await session.query(`create table public.named (${names.map((name) => `${name} int`).join(', ')})`);
    const columns = await session.query<{ name: string }>(
      `select attname as name from pg_attribute
       where attrelid = 'public.named'::regclass and attnum > 0 order by attnum`,
    );
    expect(columns.map(({ name }) => name)).toEqual(names);
  });
});
