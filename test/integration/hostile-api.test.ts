/** Answers that no Sigma should give: what becomes of tables, cursors and the report. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { printReport } from '../../src/cli/output/run-outcome.ts';
import type { Row } from '../../src/core/database/database.ts';
import { AuthError, RateLimitError } from '../../src/core/errors.ts';
import { EventBus } from '../../src/core/events/bus.ts';
import { catalogue, withAncestors } from '../../src/extractors/catalogue.ts';
import { compilePrivacy } from '../../src/loaders/privacy/compile-privacy.ts';
import { openSigmaClient } from '../../src/sigma/client.ts';
import { systemClock } from '../../src/sigma/clock.ts';
import { outageInWords, readOutage } from '../../src/state/read/outage.ts';
import { inProcessExecutor } from '../../src/sync/executor.ts';
import { runSync, type SyncResult } from '../../src/sync/run-sync.ts';
import type { SyncEngine } from '../../src/sync/sync-engine.ts';
import { openTestDatabase } from '../support/database.ts';
import {
  type ScriptedAnswer,
  type SeenRequest,
  scriptedServer,
  withTokens,
} from '../support/scripted-server.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const item of open.splice(0)) await item.close();
});

type Answer = (request: SeenRequest & { path: string }, number: number) => ScriptedAnswer;

/** A sync of `names` against an API that answers as a test tells it to. */
async function against(first: Answer, ...names: string[]) {
  let answer = first;
  const server = await scriptedServer(
    withTokens((request, number) => answer({ ...request, path: request.url.replace(/\?.*/, '') }, number)),
  );
  const test = await openTestDatabase();
  const events = new EventBus();
  const client = openSigmaClient({
    ...{ baseUrl: server.url, credentials: () => ({ clientId: 'id', clientSecret: 's3cret' }) },
    ...{ events, clock: systemClock, concurrency: 8, timeoutMs: 10_000, maxAnswerBytes: 1_000_000 },
    retry: { maxAttempts: 2, baseMs: 1, maxMs: 5 },
  });
  open.push(client, test, server);
  const streams = withAncestors(catalogue, new Set(names));
  return {
    ...{ server, test },
    asked: () => server.requests.filter(({ url }) => url !== '/v2/auth/token'),
    answerWith(next: Answer): void {
      answer = next;
    },
    run: (more: Partial<SyncEngine> = {}): Promise<SyncResult> =>
      runSync(
        {
          ...{ database: test.database, schemas: test.schemas, client, events, catalogue },
          ...{ executor: inProcessExecutor(12), pageSize: 1000, deletionGuard: { percent: 20, rows: 25 } },
          ...{ resumeWithinMs: 0, refreshMs: () => 0, now: () => new Date() },
          history: { isLogged: () => true, retentionMonths: 25 },
          ...more,
        },
        { streams, full: false, acceptDeletions: false, signal: new AbortController().signal },
      ),
    rows: async <T extends Row>(sql: string): Promise<readonly T[]> =>
      test.database.session((session) => session.query<T>(sql)),
  };
}

const team = (id: string, more: object = {}) => ({
  ...{ teamId: id, name: `Team ${id}`, isArchived: false, createdAt: '2026-01-01T00:00:00Z' },
  ...{ createdBy: 'm', updatedBy: 'm', updatedAt: '2026-01-01T00:00:00Z' },
  ...more,
});
const page = (...entries: unknown[]): ScriptedAnswer => ({ body: { entries, nextPage: null } });
const statusOf = ({ report }: SyncResult, name: string) => report.streams.find((one) => one.name === name);

describe('a listing without an end', () => {
  it('fails its stream; nothing is deleted, and nothing of it counts', async () => {
    const api = await against(() => page(team('a'), team('b')), 'teams');
    expect((await api.run()).report.status).toBe('complete');
    for (const entriesOf of [() => [team('a')], (number: number) => [team(`n${number}`)]]) {
      api.answerWith((_, number) => ({ body: { entries: entriesOf(number), nextPage: `t${number}` } }));
      const result = await api.run({ maxPages: 200 });
      expect(statusOf(result, 'teams')).toMatchObject({ status: 'failed', deleted: 0, inserted: 0 });
    }
    expect(await api.rows(`select team_id from sigma.teams where _deleted_at is null order by 1`)).toEqual([
      { team_id: 'a' },
      { team_id: 'b' },
    ]);
    api.answerWith(() => page(team('a'), team('b')));
    expect((await api.run()).report.status).toBe('complete');
  });
});

describe('an answer that is too large', () => {
  it('fails its partition with what to do, and leaves the others alone', async () => {
    const api = await against(
      ({ path }) =>
        path.endsWith('/teams')
          ? page(team('a'), team('b'))
          : path.includes('/b/')
            ? page({ userId: 'm', note: 'x'.repeat(1_100_000) })
            : page({ userId: 'm' }),
      'team_members',
    );
    const result = await api.run();
    expect(result.error).toBeUndefined();
    expect(result.report.status).toBe('partial');
    expect(statusOf(result, 'team_members')).toMatchObject({ partitionsFailed: 1, inserted: 1 });
    expect(statusOf(result, 'team_members')?.error).toContain('sigma.max_answer_megabytes');
  });

  it('with more entries than were asked for is loaded as a whole', async () => {
    const many = Array.from({ length: 6500 }, (_, id) => team(`t${id}`, { createdAt: undefined }));
    const api = await against(() => page(...many), 'teams');
    expect(statusOf(await api.run(), 'teams')).toMatchObject({ status: 'complete', inserted: 6500 });
  });
});

describe('an API that wants to be left alone for an hour', () => {
  it('is not asked any more; the run says so, and the next one goes on', async () => {
    const ids = Array.from({ length: 200 }, (_, id) => `t${id}`);
    const later = { status: 429, headers: { 'retry-after': '3600' }, body: { message: 'slow down' } };
    const api = await against(
      ({ path }) => (path.endsWith('/teams') ? page(...ids.map((id) => team(id))) : later),
      'team_members',
    );
    const result = await api.run();
    expect(result.error).toBeInstanceOf(RateLimitError);
    expect(result.report.status).toBe('failed');
    expect(api.asked().length).toBeLessThan(20);
    const told = await api.rows<{ error: string }>('select error from sigma_sync.runs');
    expect(told[0]?.error).toMatch(/no more requests until .* UTC, in 1 h/);
    expect(statusOf(result, 'teams')?.status).toBe('complete');
  });
});

describe('numbers that JavaScript lacks', () => {
  const odd =
    '"big":9007199254740993,"price":1.10,"huge":1E400,"zero":-0.0,"deep":[{"x":0.10}],"absurd":1E400000';

  it('stay as they came: in the raw entry, where something else is hidden, and when that is rewritten', async () => {
    const entry = JSON.stringify(team('a', { description: 'secret' })).replace(/\}$/, `,${odd}}`);
    const api = await against(() => ({ body: `{"entries":[${entry}],"nextPage":null}` }), 'teams');
    expect((await api.run()).report.status).toBe('complete');
    const raw = `select _raw->>'big' as big, _raw->>'price' as price, length(_raw->>'huge') as huge,
      (_raw->>'zero')::numeric = 0 as zero, _raw #>> '{deep,0,x}' as deep, _raw->>'absurd' as absurd,
      _raw->>'description' as description from sigma.teams`;
    const kept = {
      big: '9007199254740993',
      price: '1.10',
      huge: 401,
      zero: true,
      deep: '0.10',
      absurd: '1E400000',
    };
    expect(await api.rows(raw)).toEqual([{ ...kept, description: 'secret' }]);
    const privacy = compilePrivacy({ columns: { 'teams.description': 'drop' } }, catalogue);
    expect((await api.run({ privacy })).report.status).toBe('complete');
    expect(await api.rows(raw)).toEqual([{ ...kept, description: null }]);
    // Nothing changed, so nothing is written.
    expect(statusOf(await api.run({ privacy }), 'teams')).toMatchObject({ updated: 0, unchanged: 1 });
  });
});

describe('an entry nested beyond reason', () => {
  it('is rejected, and the others are loaded', async () => {
    const deep = (levels: number): unknown => {
      let value: unknown = 1;
      for (let i = 0; i < levels; i++) value = [value];
      return value;
    };
    const entries = [team('a'), team('b', { deep: deep(3000) }), team('c', { deep: deep(100) })];
    const api = await against(() => page(...entries), 'teams');
    expect(statusOf(await api.run(), 'teams')).toMatchObject({ inserted: 2, partitionsFailed: 1 });
  });
});

describe('an id that no address can hold', () => {
  it('is asked for nowhere; its children are told as failed, and the others are read', async () => {
    const ids = ['a', '..', '.', 'b/../../members', 'c?x#y', 'd\ne'];
    const api = await against(
      ({ path }) =>
        path.endsWith('/teams')
          ? page(...ids.map((id) => team(id)))
          : page({ userId: decodeURIComponent(path) }),
      'team_members',
    );
    const result = await api.run();
    expect(result.error).toBeUndefined();
    expect(statusOf(result, 'team_members')).toMatchObject({
      status: 'partial',
      partitionsFailed: 2,
      inserted: 4,
    });
    expect(statusOf(result, 'team_members')?.error).toContain("can't be part of an address");
    const paths = api.asked().map(({ url }) => url.replace(/\?.*/, ''));
    expect(paths.filter((path) => !/^\/v2(\.1)?\/teams(\/[^/]+\/members)?$/.test(path))).toEqual([]);
    const failed = await api.rows<{ error: string }>(
      `select error from sigma_sync.partitions where status = 'failed'`,
    );
    expect(failed.every(({ error }) => !error.includes('\n'))).toBe(true);
  });
});

describe('a parent that is listed and is not there', () => {
  it.each([404, 403])('is told in the report, where its children answer %d', async (status) => {
    const api = await against(({ path }) => {
      if (path.endsWith('/teams')) return page(team('a'), team('b'));
      if (path.endsWith('/teams/b')) return { status: 404, body: { message: 'no such team' } };
      if (path.includes('/b/')) return { status, body: { message: 'no' } };
      return page({ userId: 'm' });
    }, 'team_members');
    const result = await api.run();
    expect(result.report.status).toBe('complete');
    expect(statusOf(result, 'team_members')).toMatchObject({ inserted: 1, parentsGone: 1 });
    const lines: string[] = [];
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
    printReport(result.report);
    vi.restoreAllMocks();
    expect(lines.join('')).toContain(
      'team_members: nothing was read of 1 parent: Sigma lists it, but answers 404 when asked',
    );
  });
});

describe('credentials that die', () => {
  it('are one cause, told once: since when, and until when', async () => {
    let isDead = false;
    const api = await against(
      ({ path }) => {
        if (isDead) return { status: 401, body: { message: 'revoked', code: 'unauthorized' } };
        return path.endsWith('/members') && path.includes('/teams/') ? page({ userId: 'm' }) : page();
      },
      'team_members',
      'members',
      'tags',
      'templates',
      'connections',
    );
    const outage = () => api.test.database.session((session) => readOutage(session, api.test.schemas));
    expect((await api.run()).report.status).toBe('complete');
    expect(await outage()).toBeUndefined();
    isDead = true;
    const first = await api.run();
    expect(first.error).toBeInstanceOf(AuthError);
    expect(first.report.status).toBe('failed');
    // No stream failed on its own, and nobody stopped anything.
    expect(first.report.streams.filter(({ error }) => error !== undefined)).toEqual([]);
    expect(first.report.streams.every(({ status }) => ['interrupted', 'skipped'].includes(status))).toBe(
      true,
    );
    await api.run();
    const known = await outage();
    expect(known).toMatchObject({ since: new Date(first.report.startedAt), retryAt: undefined });
    expect(known?.error).toContain('Sigma did not accept the token: revoked.');
    const told = outageInWords(known ?? never(), 6);
    expect(told).toMatch(
      /^Nothing has synced since .* UTC; syncs have failed since .* UTC\. This affects 6 streams; sigma-sync tries again with the next run\. Sigma/,
    );
    await api.rows(`insert into sigma_sync.schedules (schedule, attempts, retry_at, fence, last_status)
      values ('nightly', 2, '2030-01-01T02:17:00Z', 1, 'failed'), ('export x', 1, '2029-01-01T00:00:00Z', 1, 'failed')`);
    expect(outageInWords((await outage()) ?? never(), 6)).toContain(
      'sigma-sync tries again at 2030-01-01 02:17 UTC.',
    );
    const errors = await api.rows<{ error: string | null }>('select error from sigma_sync.streams');
    expect(errors.filter(({ error }) => error !== null)).toEqual([]);
    isDead = false;
    // A run that was stopped says nothing, and shows that the cause is gone once a stream of it was read.
    const id = '00000000-0000-4000-8000-000000000001';
    await api.rows(`insert into sigma_sync.runs (run_id, command, status, resumable, "full", cycle_id,
        cycle_started_at, started_at, requests, retries, rate_limited, trigger)
      select '${id}', 'sync', 'interrupted', true, false, '${id}', now.at, now.at, 0, 0, 0, 'cli'
        from (select max(started_at) + interval '1 ms' as at from sigma_sync.runs) now`);
    expect(await outage()).toMatchObject({ since: new Date(first.report.startedAt) });
    await api.rows(`insert into sigma_sync.run_streams (run_id, stream, status, mode, partitions, partitions_failed,
        requests, retries, rate_limited, read, inserted, updated, unchanged, deleted, started_at, finished_at)
      values ('${id}', 'teams', 'interrupted', 'full', 1, 0, 1, 0, 0, 5, 5, 0, 0, 0, now(), now())`);
    expect(await outage()).toBeUndefined();
    await api.rows(`update sigma_sync.runs set status = 'interrupted', started_at = started_at - interval '1 day'
      where run_id = '${id}'`);
    expect((await api.run()).report.status).toBe('complete');
    expect(await outage()).toBeUndefined();
  });
});

function never(): never {
  throw new Error('there is no outage');
}
