import { expect, it } from 'vitest';
import { query } from '../../src/operations/query.ts';
import { openTestDatabase } from '../support/database.ts';

it('a query only reads, whatever stands behind it', async () => {
  await using test = await openTestDatabase();
  const ask = (sql: string): Promise<unknown> => query(test.database, test.schemas, sql);
  const rows = (): Promise<unknown> => ask('select count(*)::integer as n from migrations');
  expect(await ask(`select 1 as one; -- a comment`)).toEqual([{ one: 1 }]);
  const before = await rows();
  expect(before).not.toEqual([{ n: 0 }]);
  const tail = 'delete from sigma_sync.migrations';
  for (const sql of [`commit; ${tail}`, `rollback; ${tail}`, `select 1; commit; begin; ${tail}; commit`])
    await expect(ask(sql), sql).rejects.toThrow('cannot insert multiple commands');
  await expect(ask(tail)).rejects.toThrow('read-only transaction');
  expect(await rows()).toEqual(before);
});
