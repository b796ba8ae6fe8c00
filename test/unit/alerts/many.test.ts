/** Alerts of many organizations: which have one cause, what is due when, and the words for it. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Receiver } from '../../../src/config/receivers.ts';
import { toDatabaseError } from '../../../src/core/database/database-error.ts';
import { describeError } from '../../../src/core/errors.ts';
import { causeOf } from '../../../src/operations/alerts/many/cause.ts';
import { type BookAlert, newsFor, type Told } from '../../../src/operations/alerts/many/news.ts';
import {
  type AlertItem,
  type CauseItem,
  jsonOf,
  messageOf,
  paragraphsOf,
  summaryOf,
} from '../../../src/operations/alerts/message.ts';
import { mailOf } from '../../../src/operations/alerts/render-mail.ts';
import { slackOf } from '../../../src/operations/alerts/render-slack.ts';

const MINUTE = 60_000;
const START = Date.parse('2026-11-24T02:00:00Z');
const at = (minutes: number): Date => new Date(START + minutes * MINUTE);
const RECEIVER: Receiver = {
  ...{ name: 'ops', channel: { kind: 'webhook', url: new URL('http://h/') }, wantsRecovery: true },
  ...{ kinds: ['failure', 'staleness', 'drift'], repeatMs: 24 * 60 * MINUTE },
};
const alert = (organization: string, changes: Partial<BookAlert> = {}): BookAlert => ({
  ...{ organization, host: 'api', alertId: '1', key: 'failure:schedule:nightly', kind: 'failure' },
  ...{
    subject: 'schedule nightly',
    detail: 'The run failed.\nNo usable answer from api: refused.',
    runId: null,
  },
  ...{ raisedAt: at(0), settledAt: undefined, isBack: false, told: [], ...changes },
});
const told = (changes: Partial<Told> = {}): Told => ({
  ...{ receiver: 'ops', toldAt: at(0), recoveryToldAt: undefined, attempts: 0, retryAt: undefined },
  ...{ error: undefined, ...changes },
});

describe('a cause', () => {
  const keyOf = (detail: string, changes: Partial<BookAlert> = {}): string =>
    causeOf(alert('acme', { detail, ...changes })).key;

  it('is the same for all ways in which Sigma gives no answer, and for each host another', () => {
    const whole =
      'Nothing has synced since 2026-11-24 02:00 UTC. This affects 5 streams; again with the next run.';
    expect(keyOf('The run failed.\nNo usable answer from api: no answer came within 60 s.')).toBe('api api');
    expect(keyOf(`${whole}\nSigma answered 503 (GET /v2/whoami, status 503)`)).toBe('api api');
    expect(keyOf(`${whole}\nThe API stopped answering: 25 partitions in a row failed.`)).toBe('api api');
    expect(keyOf('x.\nNo usable answer from other:81: refused.', { host: 'new' })).toBe('api other:81');
    // One stream that gets an error of Sigma says nothing of its API.
    expect(causeOf(alert('acme', { detail: 'x.\ngrants: Sigma answered 500 (GET /v2/grants)' })).reach).toBe(
      'moment',
    );
  });

  it('is the database where its server fails, and not where a table of one organization does', () => {
    const error = (code: string): string => {
      const thrown = Object.assign(new Error('said so'), { code });
      return `The run failed.\n${describeError(toDatabaseError(thrown, 'merging rows'))}`;
    };
    for (const code of ['53100', '57P01', '28P01', 'ECONNREFUSED', '08006'])
      expect(keyOf(error(code)), code).toBe('database');
    for (const code of ['23505', '42501', '42P01']) expect(keyOf(error(code)), code).not.toBe('database');
  });

  it('is the error of Sigma at a host, whichever streams get it', () => {
    const one = keyOf('x.\nmembers, teams and 3 more: Sigma answered 503 (GET /v2/members, status 503)');
    expect(keyOf('x.\ngrants: Sigma answered 502 (GET /v2/grants, status 502)')).toBe(one);
    expect(keyOf('x.\ngrants: Sigma answered 502 (GET /v2/grants)', { host: 'other' })).not.toBe(one);
  });

  it('of other errors is the error without ids and counts', () => {
    const one = keyOf('x.\nmembers: Sigma answered 400 (GET /v2/members/a1, request r-123)');
    expect(keyOf('x.\nmembers: Sigma answered 400 (GET /v2/members/b2, request r-456)')).toBe(one);
    expect(keyOf('x.\nmembers: something else')).not.toBe(one);
    const guard = (organization: string) => causeOf(alert(organization, { kind: 'deletion_guard' }));
    expect(guard('acme').key).not.toBe(guard('beta').key);
    expect(causeOf(alert('acme', { kind: 'expiry' })).reach).toBe('own');
  });
});

describe('news', () => {
  const names = (alerts: readonly BookAlert[], minutes: number, receiver = RECEIVER): string[] =>
    newsFor(receiver, alerts, at(minutes)).news.map(
      ({ state, organizations, recovered }) => `${state} ${organizations.join(' ')} (${recovered.join(' ')})`,
    );

  it('of a drift is sent once, and those that join are told a day later', () => {
    const drift = {
      kind: 'drift',
      key: 'drift:stream teams:abc',
      detail: 'name is text, not number',
    } as const;
    const known = alert('acme', { ...drift, told: [told()] });
    expect(names([alert('acme', drift), alert('beta', drift)], 0)).toEqual(['raised acme beta ()']);
    expect(names([known], 100 * 60)).toEqual([]);
    const both = [known, alert('beta', { ...drift, raisedAt: at(5) })];
    expect(names(both, 23 * 60)).toEqual([]);
    expect(names(both, 24 * 60)).toEqual(['lasting acme beta ()']);
    expect(newsFor(RECEIVER, both, at(24 * 60)).news[0]?.items).toHaveLength(1);
    expect(names([alert('acme', { ...drift, told: [told()], settledAt: at(60) })], 61)).toEqual([]);
  });

  it('says when to look again', () => {
    const wake = (alerts: readonly BookAlert[], minutes: number): unknown =>
      newsFor(RECEIVER, alerts, at(minutes)).wakeAt;
    expect(wake([alert('acme', { told: [told()] })], 10)).toEqual(at(24 * 60));
    expect(
      wake([alert('acme', { told: [told({ attempts: 2, retryAt: at(30), error: 'no' })] })], 10),
    ).toEqual(at(30));
    const three = [alert('acme', { told: [told()] }), alert('beta'), alert('coral')];
    expect(wake(three, 10)).toEqual(at(60));
    expect(names(three, 60)).toEqual(['lasting acme beta coral ()']);
    expect(wake([], 10)).toBeUndefined();
  });

  it('of a recovery waits for the others, for a day at most', () => {
    const over = alert('acme', { told: [told({ toldAt: at(60) })], settledAt: at(120) });
    const open = alert('beta', { told: [told({ toldAt: at(60) })] });
    expect(names([over, open], 121)).toEqual([]);
    expect(names([over, open], 25 * 60)).toEqual(['lasting beta (acme)']);
    const never = { ...RECEIVER, repeatMs: 0 };
    expect(names([over, open], 25 * 60, never)).toEqual([]);
    expect(names([over, open], 26 * 60, never)).toEqual(['lasting beta (acme)']);
    expect(names([over], 121)).toEqual(['recovered acme ()']);
    expect(names([{ ...over, isBack: true }], 121)).toEqual([]);
    expect(names([over], 121, { ...RECEIVER, wantsRecovery: false })).toEqual([]);
    expect(names([over], 120 + 8 * 24 * 60)).toEqual([]);
  });

  it('has each alert that was never told at most once, and leaves no cause untold', () => {
    const some = fc.array(
      fc.record({
        organization: fc.constantFrom('a', 'b', 'c', 'd'),
        detail: fc.constantFrom(
          'x.\nNo usable answer from api: refused.',
          'x.\nSigma refused the client credentials.',
          'x.\nAnother error.',
        ),
        minutes: fc.integer({ min: 0, max: 300 }),
        isTold: fc.boolean(),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(some, (given) => {
        const alerts = given.map(({ organization, detail, minutes, isTold }, i) =>
          alert(organization, {
            ...{ alertId: String(i), detail, raisedAt: at(minutes) },
            told: isTold ? [told({ toldAt: at(minutes) })] : [],
          }),
        );
        const { news, wakeAt } = newsFor(RECEIVER, alerts, at(301));
        const ids = news.flatMap(({ items }) => items.map((item) => item.alert.alertId));
        expect(new Set(ids).size).toBe(ids.length);
        const untold = alerts.filter((one) => one.told.length === 0 && !ids.includes(one.alertId));
        // An alert without a message now has a known cause, and is part of its reminder.
        for (const one of untold)
          expect(alerts.some((other) => other.told.length > 0 && other.detail === one.detail)).toBe(true);
        if (untold.length > 0) expect(wakeAt).toBeDefined();
      }),
    );
  });
});

describe('words', () => {
  const CAUSE: CauseItem = {
    ...{
      state: 'raised',
      title: 'Sigma does not answer at api',
      detail: 'It was refused. Wait.',
      since: at(0),
    },
    organizations: Array.from({ length: 40 }, (_, i) => `tenant_${i}`),
    recovered: [],
  };
  const SENDER = { instance: 'host-1', organization: null, schema: null, page: 'https://sync.example' };
  const item = (organization: string, changes: Partial<AlertItem> = {}): AlertItem => ({
    ...{ kind: 'failure', subject: 'schedule nightly', detail: 'It failed.', since: at(0), organization },
    ...{ state: 'raised', runId: null, ...changes },
  });
  const message = (causes: readonly CauseItem[], ...alerts: AlertItem[]) =>
    messageOf(SENDER, alerts, at(1), (text) => text.replaceAll('secret', '***'), causes);
  const inCause = item('tenant_0', { isInCause: true });

  it('name the first few, and how many more', () => {
    const one = message([CAUSE], inCause);
    expect(summaryOf(one)).toBe('40 organizations: Sigma does not answer at api');
    expect(paragraphsOf(one)).toEqual([
      {
        ...{ state: 'raised', heading: '40 organizations: Sigma does not answer at api' },
        text: 'tenant_0, tenant_1, tenant_2 and 37 more, since 2026-11-24 02:00 UTC. It was refused. Wait.',
        url: 'https://sync.example',
      },
    ]);
    expect(mailOf(one).subject).toBe('[sigma-sync] 40 organizations: Sigma does not answer at api');
    expect(mailOf(one).text).toContain('-- \nsigma-sync on host-1\n');
    expect(JSON.stringify(slackOf(one))).toContain('and 37 more');
    const part = message(
      [{ ...CAUSE, state: 'lasting', organizations: ['a'], recovered: ['b', 'c'] }],
      inCause,
    );
    expect(summaryOf(part)).toBe('still 1 organization: Sigma does not answer at api');
    expect(paragraphsOf(part)[0]?.text).toContain('Recovered: b, c.');
    const over = message([{ ...CAUSE, state: 'recovered', organizations: ['a', 'b'] }], inCause);
    expect(paragraphsOf(over)[0]).toMatchObject({
      heading: '2 organizations work again: Sigma does not answer at api',
      text: 'a, b. The first alert was raised at 2026-11-24 02:00 UTC.',
    });
  });

  it('of one organization begin with its name, beside a cause of many', () => {
    const own = message([], item('acme', { runId: 'r1' }));
    expect(summaryOf(own)).toBe('acme: schedule nightly failed');
    expect(paragraphsOf(own)).toMatchObject([
      { heading: 'acme: schedule nightly failed', url: 'https://sync.example/o/acme/runs/r1' },
    ]);
    const all = message([CAUSE], inCause, item('acme'), item('beta', { state: 'recovered' }));
    expect(summaryOf(all)).toBe('alerts of 41 organizations, 1 organization recovered');
    expect(paragraphsOf(all).map(({ heading }) => heading)).toEqual([
      '40 organizations: Sigma does not answer at api',
      'acme: schedule nightly failed',
      'beta: schedule nightly works again',
    ]);
  });

  it('have no secret', () => {
    const shown = message([{ ...CAUSE, title: 'a secret', detail: 'secret' }], inCause);
    expect(JSON.stringify([jsonOf(shown), slackOf(shown), mailOf(shown)])).not.toContain('secret');
  });

  it('of the JSON are those of docs/alerts.md', () => {
    const text = readFileSync(resolve(import.meta.dirname, '../../../docs/alerts.md'), 'utf8');
    const [, documented = '{}'] = [...text.matchAll(/```json\n([\s\S]*?)```/g)].map(([, json]) => json);
    const shown = jsonOf(message([CAUSE], inCause)) as { causes: object[]; alerts: object[] };
    const wanted = JSON.parse(documented) as { causes: object[] };
    expect(Object.keys(shown)).toEqual(expect.arrayContaining(Object.keys(wanted)));
    expect(Object.keys(shown.causes[0] ?? {}).sort()).toEqual(Object.keys(wanted.causes[0] ?? {}).sort());
    expect(shown.alerts).toMatchObject([{ organization: 'tenant_0', subject: 'schedule nightly' }]);
  });
});
