/** Canaries: what is hashed or dropped is nowhere, whatever was stored before and however a run ends. */
import { describe, expect, it } from 'vitest';
import type { Database, Session } from '../../src/core/database/database.ts';
import { DatabaseError, LockedError } from '../../src/core/errors.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { compilePrivacy, type PrivacySettings } from '../../src/loaders/privacy/compile-privacy.ts';
import { hasher } from '../../src/loaders/privacy/mask.ts';
import { checkPrivacy } from '../../src/operations/check/run-checks.ts';
import { dryRun } from '../../src/sync/dry-run.ts';
import type { SyncEngine } from '../../src/sync/sync-engine.ts';
import { type Rig, startRig, streamOf, totalOf } from '../support/rig.ts';
import { type Bend, runThrough, withEntries } from '../support/through.ts';

// More members than are rewritten in one batch.
const ORGANIZATION = { seed: 5, workbooks: 12, members: 620, teams: 4, grants: 20 };
const KEY = 'a key of the privacy tests';
const NO_RULES = {};
const RULES = {
  'members.email': 'hash',
  'members.first_name': 'drop',
  'members.last_name': 'drop',
  'members._raw.contact.phones.number': 'hash',
  'members._raw.contact.note': 'drop',
} as const;
const CANARY = /canary-\w+/i;

const privacyOf = (columns: PrivacySettings['columns'], key = KEY) =>
  compilePrivacy({ key, columns }, catalogue);

/** Member `i` at Sigma; with `moved`, after some of them changed their address or their name. */
function person(i: number, moved: boolean) {
  const number = `canary-phone-${i}`;
  return {
    email: `canary-mail-${i}${moved && i < 3 ? '-new' : ''}@example.org`,
    firstName: `Canary-first-${i}${moved && i >= 3 && i < 6 ? '-new' : ''}`,
    lastName: `Canary-last-${i}`,
    contact: {
      phones: [{ kind: 'home', number }],
      note: `canary-note-${i}${moved && i === 7 ? '-new' : ''}`,
    },
  };
}

interface Canary extends AsyncDisposable {
  readonly rig: Rig;
  /** Everything that was emitted or reported: the log and `--json` are made of it. */
  readonly said: string[];
  sync(
    columns: PrivacySettings['columns'],
    options?: { moved?: boolean; key?: string; database?: Database },
  ): Promise<Awaited<ReturnType<typeof runThrough>>['report']>;
  /** Every row of every table of both schemas, as text. */
  dump(): Promise<string>;
  query(sql: string): Promise<Record<string, unknown>[]>;
}

async function startCanary(): Promise<Canary> {
  const rig = await startRig({ organization: ORGANIZATION });
  const said: string[] = [];
  rig.events.onAny((name, fields) => said.push(`${name} ${JSON.stringify(fields)}`));
  const query = (sql: string): Promise<Record<string, unknown>[]> =>
    rig.test.database.session((session) => session.query(sql));
  return {
    rig,
    said,
    query,
    async sync(columns, { moved = false, key = KEY, database } = {}) {
      const engine: Partial<SyncEngine> = {
        privacy: privacyOf(columns, key),
        ...(database === undefined ? {} : { database }),
      };
      const { report, error } = await runThrough(
        rig,
        async (path, next) => {
          const answer = await next();
          if (path !== '/v2.1/members') return answer;
          return withEntries(answer, (entries) =>
            entries.map((entry, i) => ({ ...entry, ...person(i, moved) })),
          );
        },
        {},
        engine,
      );
      said.push(JSON.stringify(report));
      if (error !== undefined) throw error;
      expect(report.status).toBe('complete');
      return report;
    },
    async dump() {
      const tables = await query(
        `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('sigma', 'sigma_sync')`,
      );
      const texts: string[] = [];
      for (const { name } of tables) {
        const rows = await query(`select to_jsonb(t)::text as text from ${String(name)} t`);
        texts.push(...rows.map(({ text }) => String(text)));
      }
      return texts.join('\n');
    },
    [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
  };
}

const MAILS = 'select email, first_name, _raw from sigma.members order by email';

describe('what is hidden', () => {
  it('is nowhere from the first load on', async () => {
    await using canary = await startCanary();
    await canary.sync(RULES);
    const report = await canary.sync(RULES, { moved: true });
    expect(streamOf(report, 'members').updated).toBe(3);
    expect(await canary.dump()).not.toMatch(CANARY);
    expect(canary.said.join('\n')).not.toMatch(CANARY);

    const hash = hasher(KEY);
    const rows = await canary.query(MAILS);
    expect(rows).toHaveLength(ORGANIZATION.members);
    const row = rows.find(({ email }) => email === hash('canary-mail-7@example.org'));
    expect(row).toMatchObject({
      first_name: null,
      _raw: {
        email: row?.['email'],
        contact: { phones: [{ kind: 'home', number: hash('canary-phone-7') }] },
      },
    });
    expect(Object.keys(row?.['_raw'] as object)).not.toContain('firstName');
    const changes = await canary.query(
      `select changed, before, after from sigma_sync.changes where operation = 'update' order by after ->> 'email'`,
    );
    expect(changes).toHaveLength(3);
    expect(changes).toContainEqual({
      changed: ['email'],
      before: { email: hash('canary-mail-1@example.org') },
      after: { email: hash('canary-mail-1-new@example.org') },
    });
  });

  it('is gone from rows, raw entries and the change log once the rules are stricter', async () => {
    await using canary = await startCanary();
    await canary.sync(NO_RULES);
    await canary.sync(NO_RULES, { moved: true });
    expect(await canary.dump()).toMatch(CANARY);
    const times = `select member_id, _first_synced_at, _synced_at from sigma.members order by 1`;
    const before = await canary.query(times);
    const [logged] = await canary.query(`select count(*)::integer as n from sigma_sync.changes`);

    canary.said.length = 0;
    const report = await canary.sync(RULES, { moved: true });
    expect(await canary.dump()).not.toMatch(CANARY);
    expect(canary.said.join('\n')).not.toMatch(CANARY);
    // The stored rows equal those that a load under these rules would have stored.
    expect(totalOf(report, 'updated') + totalOf(report, 'inserted')).toBe(0);
    expect(await canary.query(times)).toEqual(before);
    // Three updates of a first name, and one of a note in the raw entry.
    expect(await canary.query(`select count(*)::integer as n from sigma_sync.changes`)).toEqual([
      { n: Number(logged?.['n']) - 4 },
    ]);
    const updates = await canary.query(
      `select changed from sigma_sync.changes where operation = 'update' and stream = 'members'`,
    );
    expect(updates).toEqual([{ changed: ['email'] }, { changed: ['email'] }, { changed: ['email'] }]);
    const rewritten = canary.said.filter((line) => line.startsWith('privacy.'));
    expect(rewritten).toHaveLength(1);
    expect(rewritten[0]).toContain(`"stream":"members"`);
    expect(rewritten[0]).toContain(`"rows":${ORGANIZATION.members},"changes":${ORGANIZATION.members + 7}`);

    canary.said.length = 0;
    await canary.sync(RULES, { moved: true });
    expect(canary.said.filter((line) => line.startsWith('privacy.'))).toEqual([]);
    expect(await canary.query(`select 1 from pg_tables where tablename like 'staging%'`)).toEqual([]);
  });

  it('is dropped where it was hashed', async () => {
    await using canary = await startCanary();
    await canary.sync(RULES, { moved: false });
    await canary.sync(RULES, { moved: true });
    const report = await canary.sync({ ...RULES, 'members.email': 'drop' }, { moved: true });
    expect(totalOf(report, 'updated')).toBe(0);
    expect(await canary.query('select 1 from sigma.members where email is not null')).toEqual([]);
    const left = await canary.query(
      `select 1 from sigma_sync.changes where stream = 'members' and (before ? 'email' or after ? 'email')`,
    );
    expect(left).toEqual([]);
  });
});

describe('laxer rules', () => {
  it('bring the values back, in streams that nothing else asks to read, too', async () => {
    await using canary = await startCanary();
    const { rig } = canary;
    const rules = { ...RULES, 'workbook_pages.name': 'drop', 'workbooks.description': 'hash' } as const;
    const names = () => canary.query('select 1 from sigma.workbook_pages where name is not null');
    await canary.sync(rules);
    expect(await names()).toEqual([]);

    const report = await canary.sync(NO_RULES);
    expect(streamOf(report, 'members').updated).toBe(ORGANIZATION.members);
    expect(canary.said.filter((line) => line.startsWith('privacy.reread'))).toHaveLength(3);
    const emails = (await canary.query(MAILS)).map(({ email }) => email).sort();
    const expected = Array.from({ length: ORGANIZATION.members }, (_, i) => person(i, false).email).sort();
    expect(emails).toEqual(expected);
    expect((await names()).length).toBeGreaterThan(0);
    // Without the canaries it is the organization itself.
    const { report: last } = await runThrough(rig, (_, next) => next(), {}, { privacy: privacyOf(NO_RULES) });
    expect(last.status).toBe('complete');
    expect(await rig.differences()).toEqual([]);
  });

  it('are undone by stricter ones', async () => {
    await using canary = await startCanary();
    await canary.sync(NO_RULES);
    await canary.sync(RULES);
    const report = await canary.sync(NO_RULES);
    expect(streamOf(report, 'members').updated).toBe(ORGANIZATION.members);
    await canary.sync(RULES);
    expect(await canary.dump()).not.toMatch(CANARY);
  });
});

describe('another key', () => {
  const OTHER = 'another key of the tests';

  it.each([
    ['at once', false],
    ['after a time without rules', true],
  ])('%s leaves no hash of the old one', async (_, between) => {
    await using canary = await startCanary();
    await canary.sync(RULES);
    await canary.sync(RULES, { moved: true });
    // A row that is not read again, because Sigma has it no more.
    await canary.query(
      `insert into sigma.members (member_id, email, _raw, _first_synced_at, _synced_at, _deleted_at)
       select 'gone', email, _raw, now(), now(), now() from sigma.members order by email limit 1`,
    );
    if (between) await canary.sync(NO_RULES, { moved: true });
    await canary.sync(RULES, { moved: true, key: OTHER });
    const [old, fresh] = [hasher(KEY), hasher(OTHER)];
    const dump = await canary.dump();
    expect(dump).not.toMatch(CANARY);
    for (let i = 0; i < ORGANIZATION.members; i++) {
      for (const email of [person(i, false).email, person(i, true).email])
        expect(dump.includes(old(email) ?? '')).toBe(false);
    }
    const emails = (await canary.query(MAILS)).map(({ email }) => email);
    expect(emails).toContain(fresh(person(1, true).email));
    expect(emails).toContain(fresh(person(9, true).email));
    expect(
      await canary.query(`select email, _raw ? 'email' as raw from sigma.members where member_id = 'gone'`),
    ).toEqual([{ email: null, raw: false }]);
  });
});

describe('another key, and at once', () => {
  it.each([
    ['a rule less', { 'members.first_name': 'hash' }],
    ['no rule', {}],
  ] as const)(
    '%s leaves no hash of the old one, in deleted rows and in the log neither',
    async (_, rules) => {
      await using canary = await startCanary();
      await canary.sync(RULES);
      await canary.sync(RULES, { moved: true });
      await canary.query(
        `insert into sigma.members (member_id, email, email_domain, _raw, _first_synced_at, _synced_at, _deleted_at)
       select 'gone', email, email_domain, _raw, now(), now(), now() from sigma.members order by email limit 1`,
      );
      await canary.sync(rules, { moved: true, key: 'another key of the tests' });
      const dump = await canary.dump();
      const old = hasher(KEY);
      for (let i = 0; i < ORGANIZATION.members; i++) {
        for (const moved of [false, true]) expect(dump).not.toContain(old(person(i, moved).email));
        expect(dump).not.toContain(old(`canary-phone-${i}`));
      }
      expect(dump).not.toContain(old('example.org'));
      expect(
        await canary.query(`select email, _raw ? 'email' as raw from sigma.members where member_id = 'gone'`),
      ).toEqual([{ email: null, raw: false }]);
    },
  );
});

it('a backfill whose process lacks the settings brings nothing back', async () => {
  await using canary = await startCanary();
  await canary.sync(RULES);
  const before = await canary.dump();
  const backfill = (columns: PrivacySettings['columns']) =>
    runThrough(
      canary.rig,
      (_, next) => next(),
      { command: 'backfill', full: true },
      { privacy: privacyOf(columns) },
    );
  await expect(backfill(NO_RULES)).rejects.toThrow(
    /Stored data hides more than the privacy settings of this process: .*members\.email,/,
  );
  await expect(backfill({ ...RULES, 'members.first_name': 'hash' })).resolves.toBeDefined();
  expect(before).not.toMatch(CANARY);
  expect(await canary.dump()).not.toMatch(CANARY);
});

it('addresses in what Sigma answered to failed requests go with those of members', async () => {
  await using canary = await startCanary();
  await canary.sync(NO_RULES);
  const text = 'HTTP 403 (no access for canary-mail-3@example.org, it says)';
  await canary.query(
    `update sigma_sync.runs set error = '${text}' where run_id in (select run_id from sigma_sync.runs limit 1)`,
  );
  await canary.query(`update sigma_sync.partitions set error = '${text}' where stream = 'team_members'`);
  await canary.query(
    `insert into sigma_sync.run_events (run_id, at, event, detail) select run_id, now(), 'http.retry', '${text}' from sigma_sync.runs limit 1`,
  );
  await canary.sync(RULES);
  expect(await canary.dump()).not.toMatch(CANARY);
  expect(
    await canary.query('select detail from sigma_sync.run_events where detail is not null'),
  ).toContainEqual({
    detail: 'HTTP 403 (no access for [address], it says)',
  });
});

describe('a run that dies while it rewrites', () => {
  /** Fails the statement that `matches`, once the others of its transaction ran. */
  function breaking(database: Database, matches: (sql: string) => boolean): Database {
    return {
      ...database,
      transaction: (work) =>
        database.transaction((session) => {
          const broken: Session = {
            queryForeign: (sql) => session.queryForeign(sql),
            copyIn: (...args) => session.copyIn(...args),
            copyFrom: (...args) => session.copyFrom(...args),
            query: (sql, parameters) => {
              if (matches(sql)) throw new DatabaseError('killed by the test');
              return session.query(sql, parameters);
            },
          };
          return work(broken);
        }),
    };
  }

  it.each([
    ['before the table is written', /update "sigma"\."teams"/],
    ['between table and log', /update "sigma_sync"\."changes"/],
    ['before it is written down', /"privacy" \(stream, rules, key_id\)/],
  ])('%s leaves a stream as it was, and the next run does it all', async (_, pattern) => {
    await using canary = await startCanary();
    const rules = { ...RULES, 'teams.name': 'hash' } as const;
    await canary.sync(NO_RULES);
    const table = 'select * from sigma.teams order by team_id';
    const log = `select * from sigma_sync.changes where stream = 'teams' order by change_id`;
    const before = [await canary.query(table), await canary.query(log)];
    let streams = 0;
    const database = breaking(canary.rig.test.database, (sql) => {
      if (sql.includes('declare privacy_rows') && sql.includes('"teams"')) streams++;
      return streams > 0 && pattern.test(sql);
    });
    await expect(canary.sync(rules, { database })).rejects.toThrow('killed by the test');
    expect(streams).toBe(1);
    expect([await canary.query(table), await canary.query(log)]).toEqual(before);
    // The stream before it is done.
    expect(await canary.query('select 1 from sigma.members where first_name is not null')).toEqual([]);

    canary.said.length = 0;
    await canary.sync(rules);
    expect(canary.said.filter((line) => line.startsWith('privacy.rewritten'))).toHaveLength(1);
    expect(await canary.query(`select 1 from sigma.teams where name !~ '^hmac:[0-9a-f]{32}$'`)).toEqual([]);
    expect(await canary.dump()).not.toMatch(CANARY);
  });

  it('because it was told to stop says so', async () => {
    await using canary = await startCanary();
    await canary.sync(NO_RULES);
    const stopped = new Error('stopped by the test');
    const run = runThrough(
      canary.rig,
      (_, next) => next(),
      { signal: AbortSignal.abort(stopped) },
      { privacy: privacyOf(RULES) },
    );
    await expect(run).rejects.toBe(stopped);
    await canary.sync(RULES);
    expect(await canary.dump()).not.toMatch(CANARY);
  });
});

it('looking changes nothing, and check says what is not applied yet', async () => {
  await using canary = await startCanary();
  const { rig } = canary;
  const { database, schemas } = rig.test;
  await canary.sync(NO_RULES);
  const privacy = privacyOf({ ...RULES, 'teams.name': 'drop' });
  const context = { database, schemas, streams: catalogue, privacy };
  const before = await canary.dump();
  expect(await checkPrivacy(context)).toMatchObject({
    subject: 'privacy',
    outcome: 'warning',
    detail: expect.stringMatching(
      /hashed: members \(.*email, email_domain\).*; not applied yet to what is stored of members, teams$/,
    ),
    fix: expect.stringContaining('sync'),
  });
  await dryRun({ ...rig.engine, privacy }, catalogue, false, undefined);
  expect(await canary.dump()).toBe(before);
  await canary.sync({ ...RULES, 'teams.name': 'drop' });
  expect(await checkPrivacy(context)).toMatchObject({ outcome: 'ok' });
});

/** A run that has read members with the canaries of a second generation, and holds them until `open`. */
function heldAtMembers(): { bend: Bend; reached: Promise<void>; open: () => void } {
  const gate = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  return {
    reached: reached.promise,
    open: () => gate.resolve(),
    async bend(path, next) {
      const answer = await next();
      if (path !== '/v2.1/members') return answer;
      reached.resolve();
      await gate.promise;
      return withEntries(answer, (entries) => entries.map((entry, i) => ({ ...entry, ...person(i, true) })));
    },
  };
}

it('stricter rules wait for a backfill that follows the old ones, so that it brings nothing back', async () => {
  await using canary = await startCanary();
  const { rig } = canary;
  await canary.sync(NO_RULES);
  const { bend, reached, open } = heldAtMembers();
  const backfill = runThrough(
    rig,
    bend,
    { command: 'backfill', full: true },
    { privacy: privacyOf(NO_RULES) },
  );
  await reached;
  await expect(canary.sync(RULES)).rejects.toThrow(LockedError);
  open();
  expect((await backfill).report.status).toBe('complete');
  await canary.sync(RULES, { moved: true });
  expect(await canary.dump()).not.toMatch(CANARY);
});

it('a run that lost its lock unawares writes nothing behind stricter rules', async () => {
  await using canary = await startCanary();
  const { rig } = canary;
  await canary.sync(NO_RULES);
  // The lock of the old run is gone, and the run does not know it.
  const database: Database = {
    ...rig.test.database,
    tryLock: async () => ({ tryAlso: async () => async () => undefined, release: async () => undefined }),
  };
  const { bend, reached, open } = heldAtMembers();
  const old = runThrough(rig, bend, {}, { privacy: privacyOf(NO_RULES), database });
  await reached;
  // Between the rewriting and its own entry in the run book the new run waits for what the old one does.
  const waiting: Database = {
    ...rig.test.database,
    transaction: async (work) => {
      if (rewritten) await old;
      return rig.test.database.transaction(work);
    },
  };
  let rewritten = false;
  rig.events.on('privacy.rewritten', () => {
    rewritten = true;
    open();
  });
  await canary.sync(RULES, { moved: true, database: waiting });
  expect((await old).error).toBeDefined();
  // The staged rows of the old one go with the next run.
  await canary.sync(RULES, { moved: true });
  expect(await canary.dump()).not.toMatch(CANARY);
});

it('stricter rules leave nothing in the staging tables of a backfill that was killed', async () => {
  await using canary = await startCanary();
  await canary.sync(NO_RULES);
  await canary.query(
    `create table sigma_sync.staging_members_b01234567 as select 'canary-mail-1@example.org' as email`,
  );
  await canary.sync(RULES);
  expect(await canary.dump()).not.toMatch(CANARY);
});
