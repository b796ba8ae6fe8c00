/** Lists of the pages about usage whose rows are all alike: each is on one page, and on no other. */
import { expect, it } from 'vitest';
import { refreshAnalytics } from '../../src/analytics/refresh-analytics.ts';
import { list } from '../../src/operations/web/data/usage/ask-list.ts';
import {
  EXPOSURE,
  MEMBERS,
  REPORTS,
  STALE,
  WORKBOOKS,
} from '../../src/operations/web/data/usage/list-rows.ts';
import { asked } from '../../src/operations/web/data/usage/statement.ts';
import { openTestDatabase } from '../support/database.ts';

it.each([
  [
    'workbooks',
    [
      [WORKBOOKS, 'workbook_id'],
      [MEMBERS, 'member_id'],
      [STALE, 'id'],
      [EXPOSURE, 'inode_id'],
    ],
  ],
  [
    'reports',
    [
      [REPORTS, 'report_id'],
      [STALE, 'id'],
    ],
  ],
] as const)('of %s and others have every row once, however they are sorted', async (documents, lists) => {
  await using test = await openTestDatabase();
  const { database, schemas, events } = test;
  const told = `now(), now() - interval '1 year', '{}' from generate_series(1, 220) i`;
  await database.session(async (session) => {
    await session.query(
      `insert into sigma.${documents} (${documents.slice(0, -1)}_id, name, updated_at, _first_synced_at, _synced_at, _raw)
       select md5(i::text), 'Copy', now() - interval '1 year', ${told}`,
    );
    await session.query(
      `insert into sigma.members (member_id, first_name, _first_synced_at, _synced_at, _raw) select md5(i::text), 'Ada', ${told}`,
    );
  });
  const settings = { enabled: true, staleDays: 90, internalDomains: [], auditLog: undefined };
  const now = (): number => performance.now();
  const { error } = await refreshAnalytics({ database, schemas, settings, events, now });
  expect(error).toBeUndefined();
  for (const [what, key] of lists) {
    for (const [sort, isDescending] of Object.keys(what.sorts).flatMap(
      (one) =>
        [
          [one, false],
          [one, true],
        ] as const,
    )) {
      const seen = new Set<unknown>();
      for (let page = 1; page <= 5; page++) {
        const found = await asked(database, schemas, (asker) =>
          list(
            asker,
            what,
            { text: undefined, filter: undefined, sort, isDescending },
            { limit: 50, offset: (page - 1) * 50 },
          ),
        );
        for (const row of found?.value.rows ?? []) seen.add((row as Record<string, unknown>)[key]);
      }
      expect([key, sort, seen.size]).toEqual([key, sort, 220]);
    }
  }
});
