/** Which streams the digest expects to be fresh. */
import type { Config } from '../../config/schema.ts';
import { freshnessTargets, watchList } from './watch-list.ts';

/** The streams of the settings, and the milliseconds after which each is behind, as alerts have it. */
export function watchedStreams(config: Config, now: Date): Map<string, number> {
  const targets = freshnessTargets(config, config.exports, now);
  return new Map(
    watchList(config, config.exports)
      .filter(({ what }) => what === 'stream')
      .map(({ name }) => [name, targets('stream', name)]),
  );
}
