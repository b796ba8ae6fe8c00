/** Freshness of streams and exports, from the database and this process. */

import { count, relative, stamp } from '../../../core/words.ts';
import type { Outcome } from '../../../state/read/outcomes.ts';
import { freshnessTargets, type WatchItem } from '../../freshness/watch-list.ts';
import type { Site } from '../site.ts';
import { type Fact, status } from '../view/elements.ts';
import { type Freshness, freshnessOf } from '../view/tone.ts';

/** The last runs, as the database knows them. */
export type LastRun = Pick<Outcome, 'status' | 'lastSuccessAt'>;

/** Freshness, and its measure. */
export interface HowFresh {
  readonly freshness: Freshness;
  readonly targetHours: number;
}

/** Tells of each stream and export how fresh it is now. */
export function howFresh(
  site: Site,
): (what: WatchItem['what'], name: string, row: LastRun | undefined) => HowFresh {
  const now = site.now();
  const { config } = site.control.app;
  const targets = freshnessTargets(config, config.exports, now);
  const busy = new Set(
    site.control
      .running()
      .flatMap(({ progress }) => [...progress.streams.values()])
      .filter(({ phase }) => phase === 'running')
      .map((subject) => subject.name),
  );
  return (what, name, row) => {
    const targetHours = Math.round(targets(what, name) / 360_000) / 10;
    const question = { lastStatus: row?.status, lastSuccessAt: row?.lastSuccessAt, targetHours, now };
    const isRunning = busy.has(what === 'export' ? `export ${name}` : name);
    return { targetHours, freshness: freshnessOf({ ...question, isRunning }) };
  };
}

/** The state and the last success as figures. */
export function freshnessFacts(
  { freshness, targetHours }: HowFresh,
  row: LastRun | undefined,
  now: Date,
): readonly [state: Fact, lastSuccess: Fact] {
  const at = row?.lastSuccessAt ?? undefined;
  return [
    { name: 'State', value: status(freshness), note: `target ${count(targetHours)} h` },
    at === undefined
      ? { name: 'Last complete', value: 'never', note: '' }
      : { name: 'Last complete', value: relative(at, now), note: stamp(at, true) },
  ];
}
