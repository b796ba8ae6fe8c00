/** Words for alerts of many organizations. Pure. */
import { few, plural, stamp } from '../../core/words.ts';
import type { AlertItem, AlertMessage, CauseItem, Paragraph } from './message-parts.ts';
import { hidden, MOST_PARAGRAPHS, ORDER, paragraphsOfOne, summaryOfOne } from './words-of-one.ts';

/** Names of organizations in a sentence. */
const MOST_NAMES = 3;

/** The cause in a few words, with how many organizations it concerns. */
function causeInWords({ state, title, organizations }: CauseItem): string {
  const many = plural(organizations.length, 'organization');
  if (state === 'recovered')
    return `${many} ${organizations.length === 1 ? 'works' : 'work'} again: ${title}`;
  return `${state === 'lasting' ? 'still ' : ''}${many}: ${title}`;
}

/** A cause that concerns several organizations. */
function paragraphOfCause({ page }: AlertMessage, cause: CauseItem): Paragraph {
  const { state, organizations, recovered, since, detail } = cause;
  const names = few(organizations, MOST_NAMES);
  const heading = causeInWords(cause);
  const parts =
    state === 'recovered'
      ? [`${names}.`, `The first alert was raised at ${stamp(since)} UTC.`]
      : [
          `${names}, since ${stamp(since)} UTC.`,
          detail,
          ...(recovered.length === 0 ? [] : [`Recovered: ${few(recovered, MOST_NAMES)}.`]),
        ];
  return {
    ...{ state, url: page },
    heading: `${heading.slice(0, 1).toUpperCase()}${heading.slice(1)}`,
    text: parts.filter((part) => part !== '').join(' '),
  };
}

/** Causes and alerts in a few words, for a subject. */
export function summaryOfMany(causes: readonly CauseItem[], alerts: readonly AlertItem[]): string {
  const rest = byOrganization(alerts);
  const [cause] = causes;
  const [[name, items] = []] = rest;
  if (causes.length === 1 && rest.size === 0 && cause !== undefined) return causeInWords(cause);
  if (causes.length === 0 && rest.size === 1 && items !== undefined) return `${name}: ${summaryOfOne(items)}`;
  const states = [
    ...causes.map((one) => ({ names: one.organizations, isBad: one.state !== 'recovered' })),
    ...[...rest].map(([one, all]) => ({
      names: [one],
      isBad: all.some(({ state }) => state !== 'recovered'),
    })),
  ];
  const count = (isBad: boolean): string =>
    plural(new Set(states.flatMap((one) => (one.isBad === isBad ? one.names : []))).size, 'organization');
  const [bad, good] = [states.some(({ isBad }) => isBad), states.some(({ isBad }) => !isBad)];
  return [...(bad ? [`alerts of ${count(true)}`] : []), ...(good ? [`${count(false)} recovered`] : [])].join(
    ', ',
  );
}

/** Alerts that no cause reports, by their organizations. */
const byOrganization = (alerts: readonly AlertItem[]): ReadonlyMap<string, readonly AlertItem[]> =>
  Map.groupBy(
    alerts.filter(({ isInCause }) => isInCause !== true),
    ({ organization = '' }) => organization,
  );

/** First the causes, then each organization by itself. */
export function paragraphsOfMany(message: AlertMessage, causes: readonly CauseItem[]): readonly Paragraph[] {
  const { causes: _, ...plain } = message;
  const all = [
    ...causes.map((cause) => paragraphOfCause(message, cause)),
    ...[...byOrganization(message.alerts)].flatMap(([name, alerts]) => {
      const page = message.page === undefined ? undefined : pageOfOrganization(message.page, name);
      return paragraphsOfOne({ ...plain, page, alerts }).map((one) => ({
        ...one,
        heading: `${name}: ${one.heading}`,
      }));
    }),
  ].toSorted((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
  const rest = all.length - MOST_PARAGRAPHS;
  return rest <= 0 ? all : [...all.slice(0, MOST_PARAGRAPHS), hidden(message, rest, 'lasting')];
}

/** The pages of one organization of several. */
export const pageOfOrganization = (page: string, name: string): string =>
  `${page}/o/${encodeURIComponent(name)}`;
