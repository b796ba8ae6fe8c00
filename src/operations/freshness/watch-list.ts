/** The streams and exports that must stay fresh, each with its limit and its schedules. */
import type { Config } from '../../config/schema.ts';
import { parseTurns } from '../../core/turns.ts';
import { catalogue } from '../../extractors/catalogue.ts';
import { scheduledStreams, selectStreams } from '../../sync/select-streams.ts';

/** An export, as the settings or their definition have it. */
export interface WatchedExport {
  readonly name: string;
  readonly schedule?: string | undefined;
  readonly timeZone: string;
}

/** A stream or an export. */
export interface WatchItem {
  readonly what: 'stream' | 'export';
  readonly name: string;
  readonly limitMs: number;
  /** By whose turns it is late; none where its age alone counts. */
  readonly schedules: readonly Schedule[];
  /** Names of all schedules that run it. */
  readonly coveredBy: readonly string[];
}

interface Schedule {
  readonly cron: string;
  readonly timeZone: string;
}

const HOUR = 3_600_000;

/**
 * Streams and exports to watch. A limit in the settings counts; otherwise, if a schedule's interval is longer than
 * the general limit, it is late by its schedule. @throws ConfigError if a stream is unknown.
 */
export function watchList(config: Config, exports: readonly WatchedExport[]): readonly WatchItem[] {
  const { hours, hoursByStream } = config.freshness;
  const hasOwn = (name: string): boolean => Object.hasOwn(hoursByStream, name);
  const limitMs = (name: string): number => ((hasOwn(name) ? hoursByStream[name] : hours) ?? hours) * HOUR;
  const usual = selectStreams(catalogue, [], config.sync);
  const plans = config.schedules.map((schedule) => ({
    schedule,
    streams: scheduledStreams(schedule, config.sync),
  }));
  const streams = new Map(
    [...usual, ...plans.flatMap((plan) => plan.streams)].map((stream) => [stream.name, stream]),
  );
  return [
    ...[...streams.keys()].map((name): WatchItem => {
      const serving = plans.filter((plan) => plan.streams.some((stream) => stream.name === name));
      const schedules = hasOwn(name) ? [] : serving.map(({ schedule }) => schedule);
      const coveredBy = serving.map(({ schedule }) => schedule.name);
      return { what: 'stream', name, limitMs: limitMs(name), schedules, coveredBy };
    }),
    ...exports.map(({ name, schedule, timeZone }): WatchItem => {
      const own =
        schedule === undefined
          ? config.schedules.filter((one) => one.exports && one.streams.length === 0)
          : [];
      const schedules = schedule === undefined ? own : [{ cron: schedule, timeZone }];
      return {
        what: 'export',
        name,
        limitMs: limitMs(name),
        schedules: hasOwn(name) ? [] : schedules,
        coveredBy: schedule === undefined ? own.map((one) => one.name) : [`${OF_EXPORT}${name}`],
      };
    }),
  ];
}

/** Part of the limit that a turn is given to be served. */
const GRACE = 1 / 3;
const YEAR = 370 * 24 * HOUR;

export type TurnBook = ReturnType<typeof turnBook>;

/** Remembers the last turns of schedules, which are dear to search for; its answers hold as long as `now` does not go back. */
export function turnBook() {
  const seen = new Map<string, { readonly until: Date; readonly turn: Date | undefined }>();
  const turnOf = ({ cron, timeZone }: Schedule, graceMs: number, now: Date): Date | undefined => {
    const key = `${cron} ${timeZone} ${graceMs}`;
    const until = new Date(now.getTime() - graceMs);
    const before = seen.get(key);
    if (before !== undefined && before.until > until) seen.delete(key);
    const from = before !== undefined && before.until <= until ? before : undefined;
    const after = from?.until ?? new Date(until.getTime() - YEAR);
    const turn = parseTurns(cron, timeZone).latest(after, until) ?? from?.turn;
    seen.set(key, { until, turn });
    return turn;
  };
  return {
    /** Last turn of any of the item's schedules that was given time to be served; undefined where it has none. */
    lastTurn({ schedules, limitMs }: WatchItem, now: Date): Date | undefined {
      if (schedules.length === 0) return undefined;
      const turns = schedules.map((schedule) => turnOf(schedule, limitMs * GRACE, now)?.getTime() ?? 0);
      return new Date(Math.max(...turns));
    },
  };
}

/** Milliseconds that may have passed since the last success before somebody should look. */
export type Targets = (what: WatchItem['what'], name: string) => number;

/**
 * The age limit of each stream and export at a time: the limit in the settings, or if the schedule is slower, the
 * time from one turn to the next plus the time that a turn is given.
 *
 * @throws ConfigError if a stream is unknown.
 */
export function freshnessTargets(config: Config, exports: readonly WatchedExport[], now: Date): Targets {
  const gaps = new Map<string, number>();
  const gapOf = ({ cron, timeZone }: Schedule): number => {
    const key = `${cron} ${timeZone}`;
    const known = gaps.get(key);
    if (known !== undefined) return known;
    const turns = parseTurns(cron, timeZone);
    const before = turns.latest(new Date(now.getTime() - YEAR), now);
    const after = turns.next(now);
    const gap = before === undefined || after === undefined ? 0 : after.getTime() - before.getTime();
    gaps.set(key, gap);
    return gap;
  };
  const targets = new Map(
    watchList(config, exports).map(({ what, name, limitMs, schedules }) => {
      const gap = schedules.length === 0 ? 0 : Math.min(...schedules.map(gapOf));
      return [`${what} ${name}`, gap <= limitMs ? limitMs : gap + limitMs * GRACE];
    }),
  );
  return (what, name) => targets.get(`${what} ${name}`) ?? config.freshness.hours * HOUR;
}

/** The streams of the settings, and the milliseconds after which each is behind, as alerts have it. */
export function watchedStreams(config: Config, now: Date): Map<string, number> {
  const targets = freshnessTargets(config, config.exports, now);
  return new Map(
    watchList(config, config.exports)
      .filter(({ what }) => what === 'stream')
      .map(({ name }) => [name, targets('stream', name)]),
  );
}

/** The names that must stay fresh, and their limits. */
export interface WatchedNames {
  readonly streams: readonly string[];
  readonly exports: readonly string[];
  /** Names as the run book has them: `nightly`, and `export orders` of an export with a schedule of its own. */
  readonly schedules: readonly string[];
  /** Seconds after which it is stale. */
  targetSeconds(what: WatchItem['what'], name: string): number;
}

const OF_EXPORT = 'export ';

/** True for the schedule of a single export; other names have no space in them. */
export function isOfExport(schedule: string): boolean {
  return schedule.startsWith(OF_EXPORT);
}

/** The names that these settings keep fresh. Cheap enough to be called again after a reload. */
export function watchedBy(config: Config, now: Date): WatchedNames {
  const targets = freshnessTargets(config, config.exports, now);
  return {
    streams: selectStreams(catalogue, [], config.sync).map(({ name }) => name),
    exports: config.exports.map(({ name }) => name),
    schedules: [
      ...config.schedules.map(({ name }) => name),
      ...config.exports
        .filter(({ schedule }) => schedule !== undefined)
        .map(({ name }) => `${OF_EXPORT}${name}`),
    ],
    targetSeconds: (what, name) => targets(what, name) / 1000,
  };
}
