/** The digest in words, the same in every format: sections of a heading, a sentence and a list. */
import { count, plural } from '../../core/words.ts';
import type { AccessChange, Report, Thing, Top } from './digest.ts';

/** A part of the digest. */
export interface Section {
  readonly title: string;
  /** The figure that matters, and what it is. */
  readonly figure: string;
  readonly items: readonly Thing[];
  /** Number of entries that are not listed. */
  readonly more: number;
}

/** Days of the week as the map of schedules has them. */
export const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;

/** Number of characters shown of a name or detail; the dots make it 80. */
export const LONGEST = 79;

/** `2026-03-01 07:00 UTC`. */
const minute = (iso: string): string => `${iso.slice(0, 16).replace('T', ' ')} UTC`;

/** Names of streams as people say them. */
const NAMES: Readonly<Record<string, string>> = {
  workbook_elements: 'workbook elements',
  report_elements: 'report elements',
};

/** One of the streams that grow, in words. */
export interface GrowthLine {
  readonly name: string;
  readonly total: number;
  readonly change: string;
  /** Number at the end of each day. */
  readonly days: readonly { readonly day: string; readonly total: number }[];
}

/** One line for each of the streams that grow: its name, total, new and removed rows. */
export function growthLines({ growth }: Report): GrowthLine[] {
  // An organization without reports need not read that every week.
  const shown = growth.filter(({ total, added, removed }) => total + added + removed > 0);
  return shown.map(({ stream, total, added, removed, days }) => ({
    ...{ name: NAMES[stream] ?? stream, total, days },
    change:
      added === 0 && removed === 0
        ? 'no change'
        : [...(added > 0 ? [`+${count(added)}`] : []), ...(removed > 0 ? [`-${count(removed)}`] : [])].join(
            ' / ',
          ),
  }));
}

/** At most so many of a list, evenly spread, the last one among them. */
export function spread<T>(list: readonly T[], most: number): T[] {
  if (list.length <= most) return [...list];
  return Array.from(
    { length: most },
    (_, i) => list[Math.round((i * (list.length - 1)) / (most - 1))],
  ).flatMap((one) => (one === undefined ? [] : [one]));
}

/** The headline: the days it is about. */
export function headline({ from, to }: Report): string {
  return `Sigma, ${from.slice(0, 10)} to ${to.slice(0, 10)}`;
}

/** The beginning of the digest: its freshness, and the facts it can't know. */
export function lead({ sync, historySince, unlogged, limits = [], from }: Report): string[] {
  const { lastComplete, runs, failedRuns } = sync;
  const failed = failedRuns === 0 ? '' : `, ${count(failedRuns)} failed or interrupted`;
  const lines = [
    lastComplete === null
      ? 'No sync has completed yet.'
      : `Last complete sync: ${minute(lastComplete)} (${plural(runs, 'sync', 'syncs')} in this period${failed}).`,
  ];
  if (historySince === null) lines.push('There is no change log, so changes are unknown.');
  else if (historySince > from)
    lines.push(`The change log starts at ${minute(historySince)}. Earlier changes are not counted.`);
  if (historySince !== null && unlogged.length > 0)
    lines.push(`The change log leaves out ${unlogged.join(', ')}, so changes there are unknown.`);
  lines.push(...limits);
  return lines;
}

const ACCESS: readonly (readonly [AccessChange, string])[] = [
  ['given', 'granted'],
  ['changed', 'changed'],
  ['takenAway', 'revoked'],
  ['joined', 'joined a team'],
  ['left', 'left a team'],
  ['teamDeleted', 'deleted team'],
];

const [EITHER, BOTH] = ['workbook or report', 'workbooks and reports'];

/**
 * The sections that have something to say.
 *
 * @param most how many things each names.
 */
export function sections(report: Report, most = 5): Section[] {
  const { access, exposure, licences } = report;
  const of = (title: string, { count: total, top }: Top<Thing>, figure: string): Section => {
    const items = top.slice(0, most);
    return { title, figure, items, more: total - items.length };
  };
  const counted = (title: string, list: Top<Thing>, one: string, many?: string): Section =>
    of(title, list, plural(list.count, one, many));
  const changes = ACCESS.filter(([change]) => access[change] > 0);
  return [
    counted('New workbooks', report.newWorkbooks, 'workbook'),
    counted('Removed workbooks', report.removedWorkbooks, 'workbook'),
    counted('New reports', report.newReports, 'report'),
    counted('Removed reports', report.removedReports, 'report'),
    counted('New members', report.newMembers, 'member'),
    counted('Removed members', report.removedMembers, 'member'),
    of(
      'Access changes',
      access.latest,
      changes
        .map(([change, words]) =>
          change === 'teamDeleted' ? plural(access[change], words) : `${count(access[change])} ${words}`,
        )
        .join(', '),
    ),
    counted('Most opened', report.mostOpened, `${EITHER} opened`, `${BOTH} opened`),
    counted('Open to everyone', exposure.everyone, 'object'),
    counted('Open to external people', exposure.external, 'object'),
    counted('Embeds without sign-in', exposure.publicEmbeds, 'workbook'),
    counted('Broken', report.broken, 'problem'),
    counted('Orphaned content', report.orphaned, 'object'),
    counted('Stale', report.stale, EITHER, BOTH),
    counted('Duplicates', report.duplicates, `${EITHER} with copies`, `${BOTH} with copies`),
    counted('Could step down', licences.couldStepDown, 'member'),
    counted('Never seen', licences.neverSeen, 'member'),
    counted('Idle', licences.idle, 'member'),
    counted('Failed schedules', report.schedules.failures, 'failure'),
    counted('Stale or incomplete streams', report.sync.behind, 'stream'),
  ].filter(({ items }) => items.length > 0);
}
