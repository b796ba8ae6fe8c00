/** Compiles the jobs of the settings: schedules of streams, and exports with a schedule of their own. */
import type { App } from '../../app.ts';
import { ConfigError } from '../../core/errors.ts';
import { parseTurns, type Turns } from '../../core/turns.ts';
import { bookName, type ExportDefinition } from '../../exports/decide/definition.ts';
import type { Stream } from '../../extractors/stream.ts';
import { scheduledStreams } from '../../sync/select-streams.ts';

/** Something that is run. */
export interface Work {
  readonly name: string;
  /** Streams to sync; none for exports alone. */
  readonly streams: readonly Stream[];
  readonly full: boolean;
  /** Marks rows as deleted even where the deletion guard objects. */
  readonly acceptsDeletions?: boolean;
  /** Exports that are run, after the streams where there are any. */
  readonly exports: readonly ExportDefinition[];
  /** The range of the exports to load instead of new rows. */
  readonly range?: { readonly from: Date | undefined; readonly to: Date | undefined };
  /** Brings the answers up to date, which a sync does by itself. */
  readonly refreshes?: boolean;
}

/** Something that is run at the turns of a cron expression. */
export interface Job extends Work {
  readonly cron: string;
  readonly timeZone: string;
  readonly turns: Turns;
  /** The streams and exports it runs, in a few words. */
  readonly what: string;
}

/** The jobs of the settings. @throws ConfigError where names are taken twice, or name no stream. */
export function compileJobs({ config, exports }: Pick<App, 'config' | 'exports'>): readonly Job[] {
  const names = config.schedules.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new ConfigError(`Two schedules have the name "${twice}".`);
  const unscheduled = exports.filter(({ schedule }) => schedule === undefined);
  const jobs = config.schedules.map((entry): Job => {
    const { name, cron, timeZone, full } = entry;
    const streams = streamsOf(entry, config.sync);
    const after = entry.exports && entry.streams.length === 0 ? unscheduled : [];
    const what = describe(streams, full, after);
    return { name, cron, timeZone, turns: parseTurns(cron, timeZone), what, streams, full, exports: after };
  });
  const ofExports = exports.flatMap((definition): Job[] => {
    const { schedule: cron, timeZone } = definition;
    if (cron === undefined) return [];
    const what = { what: describe([], false, [definition]), streams: [], full: false, exports: [definition] };
    return [{ name: bookName(definition), cron, timeZone, turns: parseTurns(cron, timeZone), ...what }];
  });
  return [...jobs, ...ofExports];
}

function streamsOf(
  schedule: App['config']['schedules'][number],
  settings: App['config']['sync'],
): readonly Stream[] {
  const selected = scheduledStreams(schedule, settings);
  if (selected.length > 0) return selected;
  throw new ConfigError(`The schedule "${schedule.name}" has no streams left to run.`, {
    advice: 'Its streams are all excluded, by itself or by sync.exclude.',
  });
}

function describe(streams: readonly Stream[], full: boolean, exports: readonly ExportDefinition[]): string {
  const parts = [
    streams.length > 0 && `${few(streams, 'streams')}${full ? ', in full' : ''}`,
    exports.length > 0 && few(exports, 'exports'),
  ];
  return parts.filter((part) => part !== false).join(', then ');
}

function few(all: readonly { readonly name: string }[], noun: string): string {
  return all.length > 4 ? `${all.length} ${noun}` : all.map(({ name }) => name).join(', ');
}
