/** Names of streams and exports in the settings, checked before anything is done with them. */
import { ConfigError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import type { Stream } from '../extractors/stream.ts';
import { SLOW } from './select-streams.ts';

/** Settings that name streams and exports; those of a configuration have it all. */
export interface NamingSettings {
  readonly sync: {
    readonly streams?: readonly string[] | undefined;
    readonly exclude: readonly string[];
    readonly optIn: readonly string[];
    readonly refreshDaysByStream: Readonly<Record<string, number>>;
  };
  readonly history: { readonly exclude: readonly string[] };
  readonly freshness: { readonly hoursByStream: Readonly<Record<string, number>> };
  readonly schedules: readonly { readonly streams: readonly string[]; readonly exclude: readonly string[] }[];
  readonly exports: readonly { readonly name: string }[];
}

/**
 * Refuses settings that name a stream or an export that there is none of: as they only narrow or widen something,
 * nobody would miss what a mistyped name leaves undone.
 *
 * @throws ConfigError that names the setting, and the nearest name.
 */
export function checkNames(settings: NamingSettings, streams: readonly Stream[]): void {
  const { sync, history, freshness, schedules } = settings;
  const names = streams.map(({ name }) => name);
  const exports = settings.exports.map(({ name }) => name);
  const check = (setting: string, given: readonly string[], known: readonly string[], kind: string): void => {
    const unknown = given.find((name) => !known.includes(name));
    if (unknown === undefined) return;
    throw new ConfigError(
      `There is no ${kind} "${unknown}", which ${setting} names.${suggestion(known, unknown)}`,
      { advice: `"sigma-sync streams" lists all ${names.length} streams.` },
    );
  };
  check('sync.streams', sync.streams ?? [], names, 'stream');
  check('sync.exclude', sync.exclude, names, 'stream');
  check('sync.opt_in', sync.optIn, names, 'stream');
  check('sync.refresh_days_by_stream', Object.keys(sync.refreshDaysByStream), names, 'stream');
  check('history.exclude', history.exclude, names, 'stream');
  for (const [index, schedule] of schedules.entries()) {
    check(`schedules.${index}.streams`, schedule.streams, [...names, SLOW], 'stream');
    check(`schedules.${index}.exclude`, schedule.exclude, [...names, SLOW], 'stream');
  }
  const fresh = Object.keys(freshness.hoursByStream);
  check('freshness.hours_by_stream', fresh, [...names, ...exports], 'stream or export');
}
