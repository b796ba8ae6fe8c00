/** How each of many organizations is, in one line: made of what its tables say, its settings and the time. Pure. */
import type { OrganizationConfig } from '../../../config/fleet.ts';
import type { Config } from '../../../config/schema.ts';
import { parseTurns } from '../../../core/turns.ts';
import type { Limits, Reading, RunFacts } from '../../../fleet/read-organizations.ts';
import { essence } from '../../alerts/essence.ts';
import { freshnessTargets, watchList } from '../../freshness/watch-list.ts';
import { sentences } from '../pages/overview/causes.ts';

/** State of an organization; the first needs attention most. */
export const STATES = ['failed', 'stale', 'never', 'fresh'] as const;

export type OrganizationWord = (typeof STATES)[number];

/** One organization. */
export interface OrganizationRow {
  readonly name: string;
  readonly state: OrganizationWord;
  /** Why it is not fresh. It may hold secrets, and whatever Sigma said. */
  readonly cause: string | undefined;
  readonly since: Date | undefined;
  readonly running: RunFacts | undefined;
  readonly lastSync: (RunFacts & { readonly changed: number }) | undefined;
  /** Milliseconds that the last sync took. */
  readonly tookMs: number | undefined;
  readonly nextAt: Date | undefined;
  /** Streams and exports that failed, and those that are older than their targets. */
  readonly failing: number;
  readonly stale: number;
}

/** Settings decide how old a stream may be. Organizations with the same have the same limits, and share them. */
export function limitBook(): (config: Config, now: Date) => Limits {
  const known = new Map<string, { readonly until: number; readonly limits: Limits }>();
  return (config, now) => {
    const { freshness, schedules, sync } = config;
    const exports = config.exports.map(({ name, schedule, timeZone }) => ({ name, schedule, timeZone }));
    const key = JSON.stringify([freshness, schedules, sync, exports]);
    const before = known.get(key);
    if (before !== undefined && before.until > now.getTime()) return before.limits;
    const targets = freshnessTargets(config, exports, now);
    const limits = Object.fromEntries(
      watchList(config, exports).map(({ what, name }) => [
        what === 'stream' ? name : `export ${name}`,
        targets(what, name),
      ]),
    );
    if (known.size >= MOST_LIMITS) known.clear();
    known.set(key, { until: now.getTime() + LIMITS_MS, limits });
    return limits;
  };
}

const LIMITS_MS = 600_000;
const MOST_LIMITS = 2000;

const FAILURES: ReadonlySet<string> = new Set(['failed', 'deletion_guard']);
const LATE = 'No run completed in time';

/** The rows, those that need attention first. */
export function rowsOf(
  organizations: readonly OrganizationConfig[],
  readings: ReadonlyMap<string, Reading>,
  now: Date,
): readonly OrganizationRow[] {
  const next = nextTurns(now);
  return organizations
    .map(({ name, config }) => rowOf(name, readings.get(name) ?? { facts: undefined }, next(config)))
    .sort(
      (a, b) =>
        STATES.indexOf(a.state) - STATES.indexOf(b.state) ||
        b.failing - a.failing ||
        b.stale - a.stale ||
        (a.name < b.name ? -1 : 1),
    );
}

function rowOf(name: string, reading: Reading, turn: Date | undefined): OrganizationRow {
  const nothing = { lastSync: undefined, tookMs: undefined, running: undefined, failing: 0, stale: 0 };
  const blank = { name, since: undefined, nextAt: turn, ...nothing };
  if (reading.problem !== undefined) return { ...blank, state: 'failed', cause: reading.problem };
  const { facts } = reading;
  if (facts === undefined) return { ...blank, state: 'never', cause: undefined };
  const { outage, running, lastSync, stale, retryAt } = facts;
  const failing = facts.unwell.filter(({ status, isWatched }) => isWatched && FAILURES.has(status)).length;
  const state =
    outage !== undefined || failing > 0
      ? 'failed'
      : facts.read === 0
        ? 'never'
        : stale > 0
          ? 'stale'
          : 'fresh';
  const cause = {
    failed: outage?.error ?? facts.error ?? 'The run failed without an error message',
    stale: facts.error ?? LATE,
    never: undefined,
    fresh: undefined,
  };
  const ended = lastSync?.finishedAt ?? undefined;
  return {
    ...{ name, state, cause: cause[state], since: outage?.since, running, lastSync, failing, stale },
    tookMs: ended === undefined ? undefined : ended.getTime() - (lastSync?.startedAt.getTime() ?? 0),
    nextAt: earliest(turn, retryAt ?? undefined),
  };
}

const earliest = (a: Date | undefined, b: Date | undefined): Date | undefined =>
  a === undefined || b === undefined ? (a ?? b) : a < b ? a : b;

/** The next turn of the schedules that sync. Most organizations have the same, and to find a turn takes a moment. */
function nextTurns(now: Date): (config: Config) => Date | undefined {
  const known = new Map<string, Date | undefined>();
  return ({ schedules }) =>
    schedules
      .map(({ cron, timeZone }) => {
        const key = `${cron} ${timeZone}`;
        if (!known.has(key)) known.set(key, parseTurns(cron, timeZone).next(now));
        return known.get(key);
      })
      .reduce(earliest, undefined);
}

/** Organizations that are not well for one cause. */
export interface SharedCause {
  /** The first sentence of it, without its end. */
  readonly title: string;
  /** The rest. */
  readonly detail: string;
  readonly rows: readonly OrganizationRow[];
}

/** The causes, those of most organizations first. */
export function causesOf(rows: readonly OrganizationRow[]): readonly SharedCause[] {
  const unwell = rows.filter(({ cause }) => cause !== undefined);
  // Advice names the settings of one organization, so the cause is the first sentence.
  return [...Map.groupBy(unwell, ({ cause }) => essence(sentences(cause ?? '').first)).values()]
    .map((of): SharedCause => {
      const { first, rest } = sentences(of[0]?.cause ?? '');
      return { title: first, detail: rest, rows: of };
    })
    .sort((a, b) => b.rows.length - a.rows.length);
}

/** `97 of 100 fresh; 2 fail: Sigma refused the client credentials; 1 is running`. */
export function totalsOf(rows: readonly OrganizationRow[]): string {
  const of = (word: OrganizationWord): readonly OrganizationRow[] =>
    rows.filter(({ state }) => state === word);
  const [failed, stale, never] = [of('failed'), of('stale'), of('never')];
  const running = rows.filter((row) => row.running !== undefined).length;
  const [first, ...others] = causesOf(failed);
  const why =
    first === undefined
      ? ''
      : `: ${first.title}${others.length === 0 ? '' : ` (${first.rows.length}), and ${others.length} more ${others.length === 1 ? 'cause' : 'causes'}`}`;
  const parts = [
    `${of('fresh').length} of ${rows.length} fresh`,
    failed.length > 0 && `${failed.length} ${failed.length === 1 ? 'fails' : 'fail'}${why}`,
    stale.length > 0 && `${stale.length} ${stale.length === 1 ? 'is' : 'are'} stale`,
    never.length > 0 && `${never.length} never synced`,
    running > 0 && `${running} ${running === 1 ? 'is' : 'are'} running`,
  ];
  return parts.filter((part) => part !== false).join('; ');
}
