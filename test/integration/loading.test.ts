/** From awkward answers to rows: validation, drift, duplicates, and what an unchanged row costs. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventBus, type EventName, type Events } from '../../src/core/events/bus.ts';
import { catalogue, withAncestors } from '../../src/extractors/catalogue.ts';
import { entryReader } from '../../src/extractors/entry.ts';
import { openSigmaClient } from '../../src/sigma/client.ts';
import { inProcessExecutor } from '../../src/sync/executor.ts';
import { runSync } from '../../src/sync/run-sync.ts';
import { openTestDatabase } from '../support/database.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { scriptedServer, withTokens } from '../support/scripted-server.ts';

type Row = Record<string, unknown>;

const AT = '2026-05-01T10:00:00.000Z';
const team = (teamId: unknown, more: Row = {}): Row => ({
  teamId,
  name: `Team ${String(teamId)}`,
  description: null,
  visibility: 'public',
  createdBy: 'm1',
  updatedBy: 'm1',
  createdAt: AT,
  updatedAt: AT,
  isArchived: false,
  ...more,
});

/** Syncs teams from an API that gives `pages`, one after the other. */
async function startTeams() {
  const test = await openTestDatabase();
  let pages: Row[][] = [];
  /** Teams that a direct look finds. */
  const existing: string[] = [];
  const server = await scriptedServer(
    withTokens(({ url }) => {
      const { pathname, searchParams } = new URL(url, 'http://x');
      const single = pathname.replace('/v2/teams/', '');
      if (existing.includes(single)) return { body: team(single) };
      if (pathname !== '/v2.1/teams') return { status: 404, body: { message: 'gone' } };
      const number = Number(searchParams.get('page') ?? 0);
      const nextPage = number + 1 < pages.length ? String(number + 1) : null;
      const body = { entries: pages[number] ?? [], nextPage };
      return { headers: { 'x-request-id': `request-${number}` }, body };
    }),
  );
  const events = new EventBus();
  const seen: { [N in EventName]?: Events[N][] } = {};
  events.onAny((name, fields) => {
    const list: unknown[] = seen[name] ?? [];
    list.push(fields);
    Object.assign(seen, { [name]: list });
  });
  const client = openSigmaClient({
    baseUrl: server.url,
    credentials: () => ({ clientId: 'id', clientSecret: 'secret' }),
    events,
    clock: fakeClock(),
    concurrency: 4,
    timeoutMs: 5000,
    retry: { maxAttempts: 2, baseMs: 1, maxMs: 1 },
  });
  const sync = async (...listing: Row[][]) => {
    pages = listing;
    const { report, error } = await runSync(
      {
        database: test.database,
        schemas: test.schemas,
        client,
        events,
        executor: inProcessExecutor(4),
        catalogue,
        pageSize: 1000,
        deletionGuard: { percent: 20, rows: 25 },
        resumeWithinMs: 0,
        refreshMs: () => 0,
        history: { isLogged: () => true, retentionMonths: 25 },
        now: () => new Date(),
      },
      {
        streams: withAncestors(catalogue, new Set(['teams'])),
        full: false,
        acceptDeletions: false,
        signal: new AbortController().signal,
      },
    );
    if (error !== undefined) throw error;
    const [stream] = report.streams;
    if (stream === undefined) throw new Error('the report is empty');
    return stream;
  };
  const query = (sql: string): Promise<Row[]> => test.database.session((session) => session.query(sql));
  return {
    existing,
    sync,
    query,
    seen,
    async [Symbol.asyncDispose]() {
      await client.close();
      await server.close();
      await test.close();
    },
  };
}

describe('validation', () => {
  it('leaves out an entry without its key, says where it stood, and loads the others', async () => {
    await using teams = await startTeams();
    const bad = [{ name: 'no id' }, team(null), team(''), team(7), 'text', null] as unknown as Row[];
    const report = await teams.sync([team('a'), ...bad], [team('b')]);
    expect(report).toMatchObject({ inserted: 2, partitionsFailed: 1 });
    expect(report.error).toContain('lack a key field');
    expect(teams.seen['entry.rejected']).toHaveLength(bad.length);
    expect(teams.seen['entry.rejected']?.[0]).toEqual({
      stream: 'teams',
      partition: '',
      position: 2,
      field: 'teamId',
      requestId: 'request-0',
    });
    expect(await teams.query('select team_id from sigma.teams order by 1')).toEqual([
      { team_id: 'a' },
      { team_id: 'b' },
    ]);
  });

  it('takes an entry without its key for no deletion of another', async () => {
    await using teams = await startTeams();
    await teams.sync([team('a'), team('b')]);
    teams.existing.push('b');
    await teams.sync([team('a'), team(undefined)]);
    await teams.sync([team('a'), team(undefined)]);
    expect(await teams.query('select 1 from sigma.teams where _deleted_at is not null')).toEqual([]);
  });

  it('reports values of another type and keeps them, and fields it does not know, in _raw', async () => {
    await using teams = await startTeams();
    const odd = team('a', {
      name: 12,
      isArchived: 'yes',
      updatedAt: 'yesterday',
      createdAt: '2026-02-30T00:00:00Z',
      mood: ['new'],
    });
    await teams.sync([odd]);
    const [row] = await teams.query('select name, is_archived, updated_at, _raw from sigma.teams');
    expect(row).toEqual({ name: null, is_archived: null, updated_at: null, _raw: odd });
    const drift = teams.seen['schema.drift']?.map(({ field, expected, received }) => [
      field,
      expected,
      received,
    ]);
    expect(drift).toEqual(
      expect.arrayContaining([
        ['name', 'text', 'number'],
        ['isArchived', 'boolean', 'string'],
        ['updatedAt', 'timestamp', 'string'],
      ]),
    );
  });

  it('takes for a time only what Postgres takes for one', async () => {
    await using test = await openTestDatabase();
    const stream = catalogue.find(({ name }) => name === 'teams');
    if (stream === undefined) throw new Error('no stream teams');
    const accepts = (updatedAt: string): boolean => {
      const row = entryReader(stream, {}, () => undefined)(team('a', { updatedAt }));
      return 'cells' in row && row.cells.includes(updatedAt);
    };
    const two = (most: number): fc.Arbitrary<string> =>
      fc.integer({ min: 0, max: most }).map((n) => String(n).padStart(2, '0'));
    const year = fc.integer({ min: 0, max: 9999 }).map((n) => String(n).padStart(4, '0'));
    const zone = fc.oneof(
      fc.constant('Z'),
      fc.tuple(fc.constantFrom('+', '-'), two(25), two(61)).map(([s, h, m]) => `${s}${h}:${m}`),
    );
    const time = fc
      .tuple(year, two(13), two(32), two(25), two(61), two(61), zone)
      .map(([y, mo, d, h, mi, s, z]) => `${y}-${mo}-${d}T${h}:${mi}:${s}.123${z}`);
    const accepted = fc.sample(time, { numRuns: 20_000, seed: 1 }).filter(accepts);
    expect(accepted.length).toBeGreaterThan(1000);
    await test.database.session((session) =>
      session.query('select count(x::timestamptz) from unnest($1::text[]) x', [accepted]),
    );
    expect(accepts('2024-02-29T23:59:59.999Z')).toBe(true);
    expect(['2023-02-29T00:00:00Z', '2026-04-31T00:00:00Z', '2026-05-01', 'now'].filter(accepts)).toEqual([]);
  });

  it('survives what Postgres can not store', async () => {
    await using teams = await startTeams();
    await teams.sync([team('a', { name: 'x\0y', description: '\ud800 half', extra: { 'k\0': '\udfff' } })]);
    const [row] = await teams.query('select name, description from sigma.teams');
    expect(row).toEqual({ name: 'x\ufffdy', description: '\ufffd half' });
    expect(teams.seen['schema.drift']?.length).toBeGreaterThan(0);
  });

  it('takes large and deep entries as they are', async () => {
    await using teams = await startTeams();
    const deep = JSON.parse(`${'['.repeat(400)}${']'.repeat(400)}`) as unknown;
    await teams.sync([team('a', { name: 'n'.repeat(1_000_000), deep, tabs: 'a\tb\\N\n\\.\r"' })]);
    const [row] = await teams.query(
      `select length(name) as length, _raw ->> 'tabs' as tabs from sigma.teams`,
    );
    expect(row).toEqual({ length: 1_000_000, tabs: 'a\tb\\N\n\\.\r"' });
  });
});

describe('duplicates in a listing', () => {
  it('are one row: the one changed last, whatever their order', async () => {
    await using teams = await startTeams();
    const older = team('a', { name: 'older', updatedAt: '2026-05-01T00:00:00.000Z' });
    const newer = team('a', { name: 'newer', updatedAt: '2026-06-01T00:00:00.000Z' });
    expect(await teams.sync([newer], [older])).toMatchObject({ read: 2, inserted: 1 });
    expect(await teams.query('select name from sigma.teams')).toEqual([{ name: 'newer' }]);
    expect(await teams.sync([older, newer])).toMatchObject({
      read: 2,
      inserted: 0,
      updated: 0,
      unchanged: 1,
    });
    const undated = [
      team('b', { name: 'first', updatedAt: null }),
      team('b', { name: 'last', updatedAt: null }),
    ];
    await teams.sync([newer, ...undated]);
    expect(await teams.query(`select name from sigma.teams where team_id = 'b'`)).toEqual([{ name: 'last' }]);
  });
});

describe('an unchanged row', () => {
  it('is not written: its times and its transaction stay', async () => {
    await using teams = await startTeams();
    const state =
      'select team_id, xmin::text as xmin, _first_synced_at, _synced_at, _deleted_at from sigma.teams order by 1';
    await teams.sync([team('a'), team('b')]);
    const before = await teams.query(state);
    await teams.sync([team('b'), team('a')]);
    expect(await teams.query(state)).toEqual(before);

    await teams.sync([team('a', { name: 'renamed' }), team('b')]);
    const after = await teams.query(state);
    expect(after[1]).toEqual(before[1]);
    expect(after[0]?.['_first_synced_at']).toEqual(before[0]?.['_first_synced_at']);
    expect(after[0]?.['_synced_at']).not.toEqual(before[0]?.['_synced_at']);
  });

  it('but for a field nobody declared, is a change', async () => {
    await using teams = await startTeams();
    await teams.sync([team('a', { mood: 'calm' })]);
    expect(await teams.sync([team('a', { mood: 'stormy' })])).toMatchObject({ updated: 1 });
  });
});

describe('a row that is gone', () => {
  it('is marked, and alive again when it comes back', async () => {
    await using teams = await startTeams();
    await teams.sync([team('a'), team('b')]);
    expect(await teams.sync([team('a')])).toMatchObject({ deleted: 1 });
    expect(await teams.query('select team_id from sigma.teams where _deleted_at is not null')).toEqual([
      { team_id: 'b' },
    ]);
    expect(await teams.sync([team('a')])).toMatchObject({ deleted: 0, unchanged: 1 });
    expect(await teams.sync([team('a'), team('b')])).toMatchObject({ updated: 1 });
    expect(await teams.query('select 1 from sigma.teams where _deleted_at is not null')).toEqual([]);
  });
});
