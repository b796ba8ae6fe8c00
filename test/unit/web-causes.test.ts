/** Causes on the overview: each shown once, with all that waits for it. */
import { expect, it } from 'vitest';
import type { AlertRow } from '../../src/operations/web/data/read-alerts.ts';
import { causesOf, sentences } from '../../src/operations/web/pages/overview/causes.ts';
import type { Subject } from '../../src/operations/web/pages/overview/subject.ts';

const AT = new Date('2026-11-24T16:50:00Z');
const NEXT = new Date('2026-11-24T16:53:00Z');

const subject = (name: string, more: Partial<Subject> = {}): Subject => ({
  ...{ name, freshness: 'fresh', targetHours: 36, lastSuccessAt: AT, lastAttemptAt: AT, runId: 'run-1' },
  ...{ error: null, partitionsFailed: 0, ...more },
});
const alert = (kind: AlertRow['kind'], of: string, detail: string): AlertRow => ({
  ...{
    alertId: '1',
    kind,
    subject: of,
    detail,
    runId: null,
    raisedAt: AT,
    lastSeenAt: AT,
    settledAt: null,
    messages: [],
  },
});
const told = (findings: Partial<Parameters<typeof causesOf>[0]>): string[] =>
  causesOf({ subjects: [], alerts: [], outage: undefined, nextRun: NEXT, ...findings }).map(
    ({ title, behind, tone }) => `${tone} ${title} | ${behind.map(({ name }) => name).join(' ')}`,
  );

it('an outage is one cause, whatever its streams, schedules and alerts say', () => {
  const error = 'Sigma refused the client credentials. Check SIGMA_CLIENT_ID.';
  const [cause, ...rest] = causesOf({
    subjects: [
      subject('members'),
      subject('teams', { freshness: 'stale' }),
      subject('files', { freshness: 'failed', error: 'Something else failed.' }),
      subject('tenants', { freshness: 'unavailable' }),
      subject('export orders'),
    ],
    alerts: [
      alert('failure', 'schedule nightly', `Nothing is synced. ${error}`),
      alert('staleness', 'stream teams', 'Old.'),
    ],
    outage: { error, since: AT, runId: 'run-2', retryAt: NEXT },
    nextRun: undefined,
  });
  expect(rest).toEqual([]);
  expect(cause).toMatchObject({
    ...{ title: 'Sigma refused the client credentials', detail: 'Check SIGMA_CLIENT_ID.', tone: 'bad' },
    ...{ since: AT, retryAt: NEXT, runId: 'run-2' },
  });
  expect(cause?.behind.map(({ name }) => name)).toEqual(['members', 'teams', 'files']);
});

it('streams that failed alike are behind one cause, others behind their own', () => {
  const failed = (name: string, error: string): Subject => subject(name, { freshness: 'failed', error });
  expect(
    told({
      subjects: [
        failed('grants', 'The database is full. Make room.'),
        failed(
          'teams',
          'Sigma answered 403 (stream teams, GET /v2/teams, status 403, request req-1). Ask an admin.',
        ),
        failed(
          'members',
          'Sigma answered 403 (stream members, GET /v2/members?page=x, status 403, request req-2). Ask an admin.',
        ),
        subject('workbooks', { partitionsFailed: 3 }),
        subject('files', { freshness: 'stale' }),
        subject('tags', { freshness: 'stale' }),
      ],
      alerts: [
        alert('failure', 'stream teams', 'Failed.'),
        alert('failure', 'schedule nightly', 'The run failed.'),
        alert('drift', 'members', 'userKind was a number.'),
      ],
    }),
  ).toEqual([
    'bad Sigma answered 403 (stream teams, GET /v2/teams, status 403, request req-1) | teams members',
    'bad The database is full | grants',
    'warn 3 partitions of workbooks could not be read | workbooks',
    'warn No run completed in time | files tags',
    'warn members: userKind was a number | ',
  ]);
});

it('an alert that nothing else explains is a cause', () => {
  expect(told({ alerts: [alert('failure', 'schedule nightly', 'The run failed.')] })).toEqual([
    'warn schedule nightly: The run failed | ',
  ]);
});

it.each([
  ['One. Two.', 'One', 'Two.'],
  ['GET /v2/teams answered 403.', 'GET /v2/teams answered 403', ''],
  [
    '3 of 5 partitions failed; the next run retries them. The first error: Sigma answered 403: forbidden. (stream teams) Restore it.',
    'Sigma answered 403: forbidden',
    '(stream teams) Restore it.',
  ],
  [
    'No answer from api.sigmacomputing.com: it was refused. Run again.',
    'No answer from api.sigmacomputing.com: it was refused',
    'Run again.',
  ],
  ['Version 1.2 is too old', 'Version 1.2 is too old', ''],
  ['', '', ''],
])('the sentences of %j', (error, first, rest) => expect(sentences(error)).toEqual({ first, rest }));
