/** Two processes that reach for the same alerts in the same moment: the second waits, and gets nothing. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Receiver } from '../../src/config/receivers.ts';
import type { Session } from '../../src/core/database/database.ts';
import { type ClaimedAlert, claim, markFailed, markTold } from '../../src/operations/alerts/book.ts';
import { openTestDatabase, type TestDatabase } from '../support/database.ts';

const RECEIVER: Receiver = {
  name: 'ops',
  channel: { kind: 'webhook', url: new URL('http://h/') },
  kinds: ['failure'],
  wantsRecovery: true,
  repeatMs: 3_600_000,
};
const at = (minutes: number): Date => new Date(Date.UTC(2026, 10, 24, 0, minutes));

let test: TestDatabase;
beforeAll(async () => {
  test = await openTestDatabase();
  await test.database.session((session) =>
    session.query(
      `insert into sigma_sync.alerts (key, kind, subject, detail, raised_at, last_seen_at)
       select 'k' || i, 'failure', 'schedule s', 'It failed.', $1, $1 from generate_series(1, 3) i`,
      [at(0)],
    ),
  );
});
afterAll(() => test.close());

/** Both claim; the first commits when the second already waits for it. */
async function race(now: Date): Promise<[ClaimedAlert[], ClaimedAlert[]]> {
  const take = (session: Session) => claim(session, test.schemas, RECEIVER, now);
  let second: Promise<ClaimedAlert[]> | undefined;
  const first = await test.database.transaction(async (session) => {
    const taken = await take(session);
    second = test.database.session(take);
    await delay(150);
    return taken;
  });
  return [first, (await second) ?? []];
}

it.each([
  ['raised', 0, 'fail'],
  ['raised', 2, 'told'],
  ['lasting', 70, 'fail'],
  ['lasting', 80, 'told'],
  ['recovered', 90, 'told'],
] as const)('%s at %i min (%s)', async (state, minutes, outcome) => {
  const now = at(minutes);
  if (state === 'recovered')
    await test.database.session((session) =>
      session.query('update sigma_sync.alerts set settled_at = $1', [now]),
    );
  const [first, second] = await race(now);
  expect(first.map((one) => one.state)).toEqual([state, state, state]);
  expect(second).toEqual([]);
  await test.database.session((session) =>
    outcome === 'told'
      ? markTold(session, test.schemas, 'ops', first, now)
      : markFailed(session, test.schemas, 'ops', first, 'no answer', now),
  );
  expect(await test.database.session((session) => claim(session, test.schemas, RECEIVER, now))).toEqual([]);
});
