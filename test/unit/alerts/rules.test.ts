/** The conditions that are wrong, by the state. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Evidence,
  type FinishedRun,
  findingsOf,
  isStale,
  type Served,
  type Watched,
} from '../../../src/operations/alerts/rules.ts';

const NOW = new Date('2026-11-24T12:00:00Z');
const HOUR = 3_600_000;
const ago = (hours: number): Date => new Date(NOW.getTime() - hours * HOUR);

const NOTHING: Evidence = {
  now: NOW,
  since: ago(1000),
  watched: [],
  schedules: new Map(),
  runs: [],
  drift: [],
};
const run = (hours: number, status: string, changes: Partial<FinishedRun> = {}): FinishedRun => ({
  ...{ runId: `run-${hours}`, command: 'sync', schedule: 'nightly', status, startedAt: ago(hours) },
  ...{ error: undefined, parts: [], ...changes },
});
const served = (changes: Partial<Served>): ReadonlyMap<string, Served> =>
  new Map([
    [
      'nightly',
      {
        ...{ status: 'failed', attempts: 1, retryAt: undefined, startedAt: ago(2), runId: 'run-2' },
        ...{ error: undefined, ...changes },
      },
    ],
  ]);
const watched = (changes: Partial<Watched>): Watched => ({
  ...{ subject: 'stream teams', status: 'complete', lastSuccess: ago(1), firstTried: undefined },
  ...{ runId: 'run-1', error: undefined, limitMs: 36 * HOUR, lastTurn: undefined, ...changes },
});
/** Kinds and details of what is wrong, and what is held. */
const look = (changes: Partial<Evidence>): { wrong: string[]; held: string[] } => {
  const { conditions, held } = findingsOf({ ...NOTHING, ...changes });
  return {
    wrong: conditions.map(({ subject, detail }) => `${subject}: ${detail.replace('\n', ' | ')}`),
    held: [...held],
  };
};

describe('what keeps all streams', () => {
  const outage = {
    error: 'Sigma refused the credentials.',
    since: ago(30),
    runId: 'run-2',
    retryAt: ago(-1),
  };
  const old = watched({ lastSuccess: ago(50), status: 'interrupted' });
  const runs = [run(2, 'failed', { error: outage.error }), run(26, 'complete')];

  it('is told once: since when, what it affects, when it is tried again', () => {
    const retryAt = ago(-1);
    const { wrong, held } = look({
      outage,
      runs,
      watched: [old, watched({ subject: 'stream members', lastSuccess: ago(50) }), watched({})],
      schedules: served({ attempts: 3, retryAt, error: outage.error }),
    });
    expect(wrong).toEqual([
      'schedule nightly: Nothing has synced since 2026-11-23 06:00 UTC. This affects 3 streams; sigma-sync tries again at 2026-11-24 13:00 UTC. | Sigma refused the credentials.',
    ]);
    expect(held.filter((key) => key.startsWith('staleness'))).toEqual([
      'staleness:stream teams',
      'staleness:stream members',
    ]);
  });

  it('hides no staleness before it is told', () => {
    const { wrong } = look({ outage, runs, watched: [old], schedules: served({ retryAt: ago(-1) }) });
    expect(wrong).toEqual([expect.stringContaining('stream teams: Its last success was at')]);
  });
});

describe('schedules', () => {
  it.each([
    ['never served', undefined, [], [], []],
    ['complete', { status: 'complete' }, [], [], []],
    ['failed for good', {}, [], ['schedule nightly: The run failed.'], []],
    ['to be repeated', { retryAt: ago(-1) }, [], [], ['failure:schedule:nightly']],
    [
      'repeated for the third time',
      { retryAt: ago(-1), attempts: 3 },
      [],
      ['schedule nightly: The run keeps failing and is retried.'],
      [],
    ],
    ['under way', { status: 'running' }, [], [], ['failure:schedule:nightly']],
    ['blocked', { status: 'blocked' }, [], [], ['failure:schedule:nightly']],
    ['interrupted', { status: 'interrupted' }, [], [], ['failure:schedule:nightly']],
    ['partial once', { status: 'partial' }, [run(2, 'partial')], [], ['failure:schedule:nightly']],
    [
      'partial three times',
      { status: 'partial' },
      [run(2, 'partial'), run(26, 'failed'), run(50, 'partial')],
      ['schedule nightly: The last 3 runs were partial.'],
      [],
    ],
    [
      'partial three times, but not in a row',
      { status: 'partial' },
      [run(2, 'partial'), run(26, 'complete'), run(50, 'partial')],
      [],
      ['failure:schedule:nightly'],
    ],
    [
      'that could not begin',
      { error: 'SIGMA_CLIENT_ID is not set.' },
      [],
      ['schedule nightly: The run failed. | SIGMA_CLIENT_ID is not set.'],
      [],
    ],
  ] as const)('%s', (_, state, runs, wrong, held) => {
    const schedules =
      state === undefined ? new Map([['nightly', undefined]]) : served(state as Partial<Served>);
    expect(look({ schedules, runs: [...runs] })).toEqual({ wrong, held });
  });

  it('say what failed in the turn, in streams and exports, each error once', () => {
    const parts = ['grants', 'members', 'teams'].map((name) => ({
      name,
      status: 'failed',
      error: 'No answer.',
    }));
    const runs = [
      run(1, 'partial', {
        command: 'export',
        parts: [{ name: 'export orders', status: 'partial', error: undefined }],
      }),
      run(2, 'failed', { parts }),
      run(26, 'failed', { error: 'of another night' }),
    ];
    expect(look({ schedules: served({}), runs }).wrong).toEqual([
      'schedule nightly: The run failed. | export orders: partial grants, members, teams: No answer.',
    ]);
  });

  describe('that failed are made up for', () => {
    const mended = watched({ lastAttempt: ago(1), coveredBy: ['nightly'] });
    const manual = run(1.5, 'complete', { schedule: undefined });
    const failed = 'schedule nightly: The run failed.';
    it.each<[string, readonly FinishedRun[], readonly Watched[], Partial<Served>, readonly string[]]>([
      ['by a complete run by hand', [manual], [mended], {}, []],
      ['by another schedule', [{ ...manual, schedule: 'hourly' }], [mended], {}, []],
      ['while a retry is still to come', [manual], [mended], { attempts: 3, retryAt: ago(-1) }, []],
      ['and not by a run that failed', [{ ...manual, status: 'failed' }], [mended], {}, [failed]],
      ['and not by a run that began before', [{ ...manual, startedAt: ago(3) }], [mended], {}, [failed]],
      [
        'and not by some of its streams',
        [manual],
        [mended, { ...mended, lastAttempt: ago(9) }],
        {},
        [failed],
      ],
      ['and not by a partial stream', [manual], [mended, { ...mended, status: 'partial' }], {}, [failed]],
      ['and not by streams of others', [manual], [{ ...mended, coveredBy: ['hourly'] }], {}, [failed]],
    ])('%s', (_, runs, streams, state, wrong) => {
      const parts = { schedules: served(state), runs: [...runs], watched: streams };
      expect(look(parts).wrong).toEqual(wrong);
    });
  });

  it('of exports are called by the name of the export', () => {
    const schedules = new Map([['export orders', served({}).get('nightly')]]);
    expect(look({ schedules }).wrong).toEqual(['export orders: The run failed.']);
  });

  it('are judged by their runs where nobody wrote down what became of them', () => {
    const schedules = new Map([['nightly', undefined]]);
    expect(look({ schedules, runs: [run(2, 'failed', { error: 'Refused.' })] }).wrong).toEqual([
      'schedule nightly: The run failed. | Refused.',
    ]);
    expect(look({ schedules, runs: [run(2, 'complete'), run(26, 'failed')] }).wrong).toEqual([]);
  });
});

describe('runs by hand', () => {
  const own = { schedule: undefined };
  it.each([
    ['one failure', [run(1, 'failed', own)], []],
    [
      'two failures',
      [run(1, 'failed', own), run(2, 'failed', own)],
      ['runs of sync: The last 2 runs failed.'],
    ],
    ['two partial', [run(1, 'partial', own), run(2, 'partial', own)], []],
    [
      'three partial',
      [run(1, 'partial', own), run(2, 'partial', own), run(3, 'partial', own)],
      ['runs of sync: The last 3 runs were partial.'],
    ],
    ['mended by a schedule', [run(1, 'complete'), run(2, 'failed', own), run(3, 'failed', own)], []],
    ['of two commands', [run(1, 'failed', own), run(2, 'failed', { ...own, command: 'export' })], []],
  ])('%s', (_, runs, wrong) => {
    expect(look({ runs }).wrong).toEqual(wrong);
  });
});

describe('freshness', () => {
  it.each([
    ['fresh', {}, false],
    ['old', { lastSuccess: ago(36.1) }, true],
    ['just young enough', { lastSuccess: ago(36) }, false],
    ['not to be read by anybody', { status: 'unavailable', lastSuccess: undefined }, false],
    ['never read, tried long ago', { status: 'failed', lastSuccess: undefined, firstTried: ago(40) }, true],
    ['never read, tried lately', { status: 'failed', lastSuccess: undefined, firstTried: ago(4) }, false],
    ['old, before its turn', { lastSuccess: ago(100), lastTurn: ago(101) }, false],
    ['old, after its turn', { lastSuccess: ago(100), lastTurn: ago(20) }, true],
  ] as const)('%s', (_, changes, expected) => {
    expect(isStale(watched(changes), NOW, ago(1000))).toBe(expected);
  });

  it('of what was never tried counts from when somebody watches', () => {
    const never = watched({ status: 'never', lastSuccess: undefined });
    expect([isStale(never, NOW, ago(30)), isStale(never, NOW, ago(40))]).toEqual([false, true]);
  });

  it('once lost stays lost until there is a success', () => {
    fc.assert(
      fc.property(
        fc.record({
          age: fc.double({ min: 0, max: 2000, noNaN: true }),
          limit: fc.integer({ min: 1, max: 500 }),
        }),
        fc.double({ min: 0, max: 2000, noNaN: true }),
        ({ age, limit }, later) => {
          const one = watched({ lastSuccess: ago(age), limitMs: limit * HOUR });
          const then = new Date(NOW.getTime() + later * HOUR);
          if (isStale(one, NOW, ago(0))) expect(isStale(one, then, ago(0))).toBe(true);
        },
      ),
    );
  });

  it('is told with the reason, and with a limit in words', () => {
    const stale = watched({ lastSuccess: ago(50), status: 'failed', error: 'No\nanswer.' });
    expect(look({ watched: [stale, watched({ subject: 'export a', lastSuccess: ago(50) })] }).wrong).toEqual([
      'stream teams: Its last success was at 2026-11-22 10:00 UTC; it should succeed every 36 hours. | No answer.',
      'export a: Its last success was at 2026-11-22 10:00 UTC; it should succeed every 36 hours. | No run has tried since.',
    ]);
  });
});

describe('the deletion guard', () => {
  it.each([
    ['deletion_guard', 1, 0],
    ['failed', 0, 1],
    ['interrupted', 0, 1],
    ['skipped', 0, 1],
    ['complete', 0, 0],
    ['partial', 0, 0],
  ])('%s', (status, wrong, held) => {
    const found = look({ watched: [watched({ status })] });
    expect([found.wrong.length, found.held.length]).toEqual([wrong, held]);
  });
});

describe('drift', () => {
  it('has the same key whatever the count, and another one for another field', () => {
    const note = (detail: string) => ({ subject: 'stream teams', detail, runId: 'r', at: ago(1) });
    const { conditions } = findingsOf({
      ...NOTHING,
      drift: [
        note('name should be text and was number, 3 times'),
        note('name should be text and was number, 17 times'),
        note('age should be text and was number, 3 times'),
      ],
    });
    expect(new Set(conditions.map(({ key }) => key)).size).toBe(2);
    expect(conditions[0]).toMatchObject({ detail: 'name should be text and was number', seenAt: ago(1) });
  });
});

describe('certificates', () => {
  const DAY = 24 * HOUR;
  const certificate = (days: number) => ({
    ...{ id: `c${days}`, purpose: days > 0 ? 'signing' : undefined, provider: 'p1' },
    notAfter: ago(-24 * days),
  });
  const lookAt = (...certificates: readonly ReturnType<typeof certificate>[]) =>
    look({ certificates, certificateMs: 30 * DAY }).wrong;

  it('are told of from 30 days before they run out', () => {
    expect(lookAt(certificate(31), certificate(30))).toEqual([
      'certificate c30: The signing certificate of the SAML service provider p1 expires at 2026-12-24 12:00 UTC. Nobody can sign in with it then.',
    ]);
    expect(lookAt(certificate(-2))).toEqual([
      'certificate c-2: The certificate of the SAML service provider p1 expired at 2026-11-22 12:00 UTC. Nobody can sign in with it.',
    ]);
  });

  it('are told of once they ran out where the setting is 0, or nothing where none are synced', () => {
    const certificates = [certificate(1), certificate(-1)];
    expect(look({ certificates, certificateMs: 0 }).wrong).toHaveLength(1);
    expect(look({ certificates: undefined }).wrong).toEqual([]);
  });
});
