/** What the settings say should be fresh. */
import type { Config } from '../../config/schema.ts';
import { catalogue } from '../../extractors/catalogue.ts';
import { freshnessTargets } from './watch-list.ts';
import { selectStreams } from '../../sync/select-streams.ts';

/** What is to be kept fresh, and how fresh. */
export interface WatchedNames {
  readonly streams: readonly string[];
  readonly exports: readonly string[];
  /** Names as the run book has them: `nightly`, and `export orders` of an export with a schedule of its own. */
  readonly schedules: readonly string[];
  /** Seconds after which it is stale. */
  targetSeconds(what: 'stream' | 'export', name: string): number;
}

const OF_EXPORT = 'export ';

/** True for the schedule of a single export; other names have no space in them. */
export function isOfExport(schedule: string): boolean {
  return schedule.startsWith(OF_EXPORT);
}

/** What these settings keep fresh. Cheap enough to be asked again after a reload. */
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
