/** How old everything may be, in hours, as alerts and metrics have it. */
import { freshnessTargets, type WatchItem } from '../../freshness/watch-list.ts';
import type { ServiceControl } from '../service-control.ts';

/** Hours within which a stream or an export shall have succeeded, by settings and schedules. */
export function targetHoursOf({
  control,
  now,
}: {
  readonly control: ServiceControl;
  now(): Date;
}): (what: WatchItem['what'], name: string) => number {
  const { config } = control.app;
  const targets = freshnessTargets(config, config.exports, now());
  return (what, name) => Math.round(targets(what, name) / 360_000) / 10;
}
