/** Answers that depend on time against a naive computation: growth by day, and when schedules run. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogue, withAncestors } from '../../src/extractors/catalogue.ts';
import { ask, expectSame, refresh, rowsOf } from '../support/answers/compare.ts';
import { SETTINGS } from '../support/answers/follow.ts';
import { offsetOf, perWeek, weekly } from '../support/answers/schedules.ts';
import { type Row, Seen } from '../support/answers/seen.ts';
import { databaseKind, openTestDatabase, type TestDatabase } from '../support/database.ts';
import { startRig } from '../support/rig.ts';

const DAY = 86_400_000;

/** Archived documents and members do not count, nor do inactive members. */
const isGone = (stream: string, entry: Readonly<Record<string, unknown>>): boolean =>
  ['members', 'workbooks', 'reports'].includes(stream) &&
  (entry['isArchived'] === true || entry['isInactive'] === true);

describe('growth', () => {
  it('counts what came and went, day by day, and nothing from before its history', async () => {
    // From one month into the next.
    const start = Date.UTC(2026, 8, 28, 12);
    let clock = start;
    const engine = { now: () => new Date(clock++) };
    const organization = { seed: 111, workbooks: 24, members: 16, teams: 4, grants: 80, elements: 60 };
    const keys = {
      members: ['memberId'],
      workbooks: ['workbookId'],
      workbook_elements: ['workbookId', 'elementId'],
      reports: ['reportId'],
      report_elements: ['reportId', 'elementId'],
      grants: ['grantId'],
    };
    const streams = withAncestors(catalogue, new Set(Object.keys(keys)));
    await using rig = await startRig({ organization, engine, streams });
    const seen = new Seen();
    const wanted = new Map<
      string,
      { day: string; stream: string; total: number; added: number; removed: number }
    >();
    const before = new Map<string, Set<string>>();
    let last = 0;
    for (const [day, changes] of [
      ...[
        [0, 0] as const,
        [0, 15] as const,
        [1, 25] as const,
        [1, 25] as const,
        [4, 40] as const,
        [7, 0] as const,
      ],
    ]) {
      clock = start + day * DAY + (clock % DAY) - 12 * 3_600_000 + 1000;
      rig.simulator.organization.mutate(changes);
      await rig.sync({ acceptDeletions: true });
      seen.look(rig.simulator.organization);
      if (changes > 0) last = day;
      for (const [stream, fields] of Object.entries(keys)) {
        const counts = seen.live(stream).filter((entry) => !isGone(stream, entry));
        const now = new Set(counts.map((entry) => fields.map((field) => entry[field]).join('/')));
        const was = before.get(stream) ?? now;
        before.set(stream, now);
        for (let d = 0; d <= day; d++) {
          const date = new Date(start + d * DAY).toISOString().slice(0, 10);
          const row = wanted.get(`${stream} ${date}`) ?? {
            day: date,
            stream,
            total: was.size,
            added: 0,
            removed: 0,
          };
          wanted.set(`${stream} ${date}`, row);
          if (d < day) continue;
          row.total = now.size;
          row.added += [...now].filter((key) => !was.has(key)).length;
          row.removed += [...was].filter((key) => !now.has(key)).length;
        }
      }
    }
    await refresh(rig.test, SETTINGS);
    const until = new Date(start + last * DAY).toISOString().slice(0, 10);
    const rows = await rowsOf(rig.test, '(select g.*, g.day::text as on_day from sigma_analytics.growth g)');
    const found = rows[0].map(({ on_day, ...row }): Row => ({ ...row, day: on_day }));
    expectSame(
      'growth',
      found,
      [...wanted.values()].filter(({ day }) => day <= until),
      'stream',
      'day',
    );
    for (const column of ['added', 'removed'])
      expect(
        found.some((row) => Number(row[column]) > 0),
        column,
      ).toBe(true);
  });
});

describe('cron_runs', () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await openTestDatabase();
    await refresh(test, SETTINGS);
  });
  afterAll(() => test.close());

  const runs = async (schedules: readonly (readonly [string, string])[]): Promise<Row[][]> => {
    const [rows] = await rowsOf(
      test,
      `(select s.i, r.* from unnest($1::text[], $2::text[]) with ordinality s(spec, zone, i)
         cross join lateral sigma_analytics.cron_runs(s.spec, s.zone) r)`,
      [schedules.map(([spec]) => spec), schedules.map(([, zone]) => zone)],
    );
    const bySchedule = Map.groupBy(rows, ({ i }) => Number(i) - 1);
    return schedules.map((_, i) => (bySchedule.get(i) ?? []).map(({ i: _i, ...row }) => row));
  };
  const zones = [
    'UTC',
    'Europe/Berlin',
    'America/Los_Angeles',
    'Asia/Kolkata',
    'Pacific/Chatham',
    'Etc/GMT+12',
  ];

  it('has the runs of every minute of a week at which the expression fits', async () => {
    const field = (low: number, high: number, names: readonly string[] = []): fc.Arbitrary<string> => {
      const number = fc.integer({ min: low, max: high });
      const one =
        names.length === 0 ? number.map(String) : fc.oneof(number.map(String), fc.constantFrom(...names));
      const range = fc.tuple(one, one).map(([from, to]) => `${from}-${to}`);
      const steps = fc.tuple(number, number, fc.integer({ min: 1, max: high }));
      const stepped = steps.map(([a, b, step]) => `${Math.min(a, b)}-${Math.max(a, b)}/${step}`);
      const star = fc.integer({ min: 1, max: high }).map((step) => `*/${step}`);
      const part = fc.oneof({ weight: 4, arbitrary: one }, range, stepped, star);
      return fc.oneof(
        fc.constant('*'),
        fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(',')),
      );
    };
    const weekdays = field(0, 7, ['MON', 'tue', 'Sat', 'sun']);
    const schedule = fc.tuple(
      fc
        .tuple(field(0, 59), field(0, 23), fc.constantFrom('*', '?'), fc.constant('*'), weekdays)
        .map((all) => all.join(' ')),
      fc.constantFrom(...zones),
    );
    const all = fc.sample(schedule, databaseKind() === 'pglite' ? 60 : 25);
    const found = await runs(all);
    for (const [i, [spec, zone]] of all.entries())
      expectSame(`${spec} in ${zone}`, found[i] ?? [], weekly(spec, zone, Date.now()), 'day_of_week', 'hour');
    expect(new Set(zones.map((zone) => offsetOf(zone, Date.now()))).size).toBeGreaterThan(4);
  });

  it('has days of the month and months by their share of the calendar', async () => {
    const specs = [
      ...['0 4 1 * *', '0 4 31 * *', '0 4 29 2 *', '0 4 */2 * *', '0 4 * 2 *', '0 4 1-7 * 1'],
      ...['0 4 */10 * mon', '0 4 1,15 jan-mar *', '0 4 * */3 1-5', '0 4 13 * fri', '0 4 28-3 * *'],
    ];
    const found = await runs(specs.map((spec) => [spec, 'UTC']));
    for (const [i, spec] of specs.entries()) {
      const total = (found[i] ?? []).reduce((sum, row) => sum + Number(row['runs']), 0);
      // Days of the month are not quite even over those of the week.
      expect(Math.abs(total - perWeek(spec)), `${spec}: ${total}, ${perWeek(spec)}`).toBeLessThan(0.01);
    }
  });

  it('has no rows for what is not understood, whatever is in it', async () => {
    const malformed = [
      ...[
        '',
        ' ',
        '* * * *',
        '* * * * * *',
        '60 * * * *',
        '0 24 * * *',
        '0 0 0 * *',
        '0 0 * 13 *',
        '0 0 * * 8',
        '0 0 30 2 *',
      ],
      ...[
        '1,99 * * * *',
        '*/0 * * * *',
        '1-70 * * * *',
        '1, * * * *',
        '0 0 * * MOO',
        '0 0 L * *',
        '0 0 * * 1#2',
      ],
      ...["'; drop table x; --", '-1 * * * *', '1--2 * * * *', '0 0 * * mon-', '* * * * */x', '100 * * * *'],
      ...fc
        .sample(fc.string({ unit: 'grapheme', maxLength: 20 }), 100)
        .filter((spec) => !/[\0*\d?]/.test(spec)),
    ];
    const zone = [
      ...['Mars/Olympus', '', ' ', "'", 'Europe/', '../UTC', 'Europe/Berlin ', '5'],
      // Abbreviations, and what the database would take for the rule of a zone.
      ...[
        'PST',
        'CEST',
        'IST',
        'UTC+3',
        'Foo/Bar+5',
        'EST5',
        'Etc/GMT+13',
        'Etc/GMT-15',
        '<x>3',
        'EST5EDT,M3.2.0,M11.1.0',
      ],
    ];
    const schedules = [
      ...malformed.map((spec) => [spec, 'UTC'] as const),
      ...zone.map((name) => ['0 0 * * *', name] as const),
    ];
    const found = await runs(schedules);
    expect(schedules.filter((_, i) => (found[i]?.length ?? 0) > 0)).toEqual([]);
    const [row] = await ask(
      test,
      `select sum(runs)::float as n from sigma_analytics.cron_runs('0 0 * * *', null)`,
    );
    expect(row).toEqual({ n: 7 });
    expect(await ask(test, 'select * from sigma_analytics.cron_runs(null)')).toEqual([]);
  });

  it('knows every zone that the database has, by its offset now', async () => {
    const wrong = await ask(
      test,
      `select z.name, z.utc_offset::text as wanted, o.ahead
         from pg_timezone_names z cross join lateral (select sigma.zone_offset(z.name) as ahead) o
        where o.ahead is distinct from (extract(epoch from z.utc_offset) / 60)::integer`,
    );
    expect(wrong).toEqual([]);
    expect(await ask(test, `select sigma.zone_offset(null) as ahead`)).toEqual([{ ahead: null }]);
  });
});
