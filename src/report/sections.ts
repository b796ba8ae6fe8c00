/** What the digest says in words, the same in every format: sections of a heading, a sentence and a list. */
import type { Report, Thing, Top } from './data.ts';

/** A part of the digest. */
export interface Section {
  readonly title: string;
  /** The figure that matters, and what it is. */
  readonly figure: string;
  readonly items: readonly Thing[];
  /** How many more there are than are listed. */
  readonly more: number;
}

/** Days of the week as the map of schedules has them. */
export const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;

/** `1 workbook`, `3 workbooks`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}

const signed = (count: number): string => (count > 0 ? `+${count}` : String(count));

/** Names of streams as people say them. */
const NAMES: Readonly<Record<string, string>> = { workbook_elements: 'elements' };

/** One line for each of the streams that grow: what, how many, what came and went. */
export function growthLines({ growth }: Report): { name: string; total: number; change: string }[] {
  return growth.map(({ stream, total, added, removed }) => ({
    name: NAMES[stream] ?? stream,
    total,
    change: added === 0 && removed === 0 ? 'no change' : `${signed(added)} / ${signed(-removed)}`,
  }));
}

/** The headline: the days it is about. */
export function headline({ from, to }: Report): string {
  return `Sigma, ${from.slice(0, 10)} to ${to.slice(0, 10)}`;
}

/** What the digest begins with: how fresh it is, and what it can't know. */
export function lead(report: Report): string[] {
  const sync = report.lastCompleteSync;
  const lines = [
    sync === null
      ? 'No sync was complete yet.'
      : `Last complete sync: ${sync.slice(0, 16).replace('T', ' ')} UTC.`,
  ];
  if (report.historySince === null) lines.push('There is no change log: what changed is not known.');
  else if (report.historySince > report.from)
    lines.push(
      `The change log begins at ${report.historySince.slice(0, 16).replace('T', ' ')} UTC: changes are counted from then on.`,
    );
  return lines;
}

/** The sections that have something to say. */
export function sections(report: Report): Section[] {
  const { access, licences } = report;
  const of = (title: string, one: string, { count, top }: Top<Thing>, many?: string): Section => ({
    title,
    figure: plural(count, one, many),
    items: top,
    more: count - top.length,
  });
  const changes = Object.entries(access).filter(([, count]) => count > 0);
  const idle = Object.entries(licences).filter(([verdict]) => verdict !== 'in use');
  const all: Section[] = [
    of('New workbooks', 'workbook', report.newWorkbooks),
    of('Workbooks that are gone', 'workbook', report.removedWorkbooks),
    of('Most opened', 'workbook opened', report.mostOpened, 'workbooks opened'),
    {
      title: 'Access',
      figure: changes.map(([change, count]) => `${count} ${change}`).join(', '),
      ...{ items: [], more: 0 },
    },
    of('Open to everyone or to people outside', 'object', report.exposed),
    of('Embeds without sign-in', 'workbook', report.publicEmbeds),
    of('Broken', 'problem', report.broken),
    of('Without an owner', 'object', report.orphaned),
    of('Stale', 'workbook', report.stale),
    of('Copies', 'workbook with copies', report.duplicates, 'workbooks with copies'),
    {
      title: 'Licences',
      figure: idle.map(([verdict, count]) => `${count} ${verdict}`).join(', '),
      ...{
        items: report.couldStepDown.top,
        more: report.couldStepDown.count - report.couldStepDown.top.length,
      },
    },
    of('Failed on schedule', 'failure', report.schedules.failures),
  ];
  return all.filter(({ figure, items }) => items.length > 0 || (figure !== '' && !figure.startsWith('0 ')));
}
