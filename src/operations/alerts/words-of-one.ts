/** Words for alerts of one organization. Pure. */
import { stamp } from '../../core/words.ts';
import type { AlertState } from './book.ts';
import type { AlertItem, AlertMessage, Paragraph } from './message-parts.ts';

/** Words for a kind of alert: for one subject, for several, and as a count. */
interface Words {
  readonly one: Readonly<Record<AlertState, string>>;
  readonly many: Readonly<Record<AlertState, string>>;
  readonly count: (n: number) => string;
}

const WORDS: Readonly<Record<AlertItem['kind'], Words>> = {
  failure: {
    one: { raised: 'failed', lasting: 'still fails', recovered: 'works again' },
    many: { raised: 'failed', lasting: 'still fail', recovered: 'work again' },
    count: (n) => (n === 1 ? '1 failure' : `${n} failures`),
  },
  staleness: {
    one: { raised: 'is stale', lasting: 'is still stale', recovered: 'is fresh again' },
    many: { raised: 'are stale', lasting: 'are still stale', recovered: 'are fresh again' },
    count: (n) => `${n} stale`,
  },
  deletion_guard: {
    one: {
      raised: 'lost too many rows at once',
      lasting: 'still lacks too many rows',
      recovered: 'has its rows again, or their deletion was accepted',
    },
    many: {
      raised: 'lost too many rows at once',
      lasting: 'still lack too many rows',
      recovered: 'have their rows again, or their deletion was accepted',
    },
    count: (n) => (n === 1 ? '1 deletion guard' : `${n} deletion guards`),
  },
  drift: {
    one: { raised: 'changed its shape', lasting: 'changed its shape', recovered: 'has its old shape again' },
    many: {
      raised: 'changed their shape',
      lasting: 'changed their shape',
      recovered: 'have their old shape again',
    },
    count: (n) => (n === 1 ? '1 drift' : `${n} drifts`),
  },
  expiry: {
    one: {
      raised: 'must be replaced',
      lasting: 'still must be replaced',
      recovered: 'was replaced or is no longer used',
    },
    many: {
      raised: 'must be replaced',
      lasting: 'still must be replaced',
      recovered: 'were replaced or are no longer used',
    },
    count: (n) => (n === 1 ? '1 certificate to replace' : `${n} certificates to replace`),
  },
  test: {
    one: { raised: 'message', lasting: 'message', recovered: 'message' },
    many: { raised: 'messages', lasting: 'messages', recovered: 'messages' },
    count: (n) => `${n} test`,
  },
};

/** Alerts in a few words, for a subject. */
export function summaryOfOne(alerts: readonly AlertItem[]): string {
  const [first] = alerts;
  if (first === undefined) return 'no alerts';
  if (alerts.length === 1) return `${first.subject} ${WORDS[first.kind].one[first.state]}`;
  const bad = alerts.filter(({ state }) => state !== 'recovered');
  const kinds = Map.groupBy(bad, ({ kind }) => kind);
  const counts = [...kinds].map(([kind, items]) => WORDS[kind].count(items.length));
  const recovered = alerts.length - bad.length;
  return [...counts, ...(recovered > 0 ? [`${recovered} recovered`] : [])].join(', ');
}

export const MOST_PARAGRAPHS = 15;
const MOST_NAMES = 20;

/** Stands for what is left out. */
export const hidden = ({ page }: AlertMessage, rest: number, state: AlertState): Paragraph => ({
  ...{ state, heading: `And ${rest} more`, url: page },
  text: '"sigma-sync alert list" has all of them.',
});

/** Failures come first, recoveries last. */
export const ORDER: readonly AlertState[] = ['raised', 'lasting', 'recovered'];

/** The alerts of a message as paragraphs, those of one cause together. */
export function paragraphsOfOne(message: AlertMessage): readonly Paragraph[] {
  const groups = [
    ...Map.groupBy(message.alerts, (alert) => {
      const reason = alert.state === 'recovered' ? '' : (alert.detail.split('\n')[1] ?? '');
      return JSON.stringify([alert.state, alert.kind, reason]);
    }).values(),
  ].sort((a, b) => ORDER.indexOf(a[0]?.state ?? 'raised') - ORDER.indexOf(b[0]?.state ?? 'raised'));
  const shown = groups.slice(0, MOST_PARAGRAPHS).map((group) => paragraphOf(message, group));
  const rest = groups.slice(MOST_PARAGRAPHS).flat();
  if (rest.length === 0) return shown;
  return [...shown, hidden(message, rest.length, rest[0]?.state ?? 'raised')];
}

function paragraphOf(message: AlertMessage, group: readonly AlertItem[]): Paragraph {
  const [first] = group;
  if (first === undefined) throw new Error('a paragraph of nothing');
  const { state, kind } = first;
  const url = pageOf(message, first);
  if (group.length === 1) {
    const text =
      state === 'recovered'
        ? recoveryOf(first)
        : `${first.detail.replace('\n', ' ')}${state === 'lasting' ? ` Since ${stamp(first.since)} UTC.` : ''}`;
    return { state, heading: `${first.subject} ${WORDS[kind].one[state]}`, text, url };
  }
  const names = namesOf(group);
  const [fact = '', reason = ''] = first.detail.split('\n');
  const facts = [...new Set(group.map(({ detail }) => detail.split('\n')[0] ?? ''))];
  // Facts that differ are listed for the first few, a common one once.
  const told =
    facts.length === 1
      ? fact
      : group
          .slice(0, 5)
          .map(({ subject, detail }) => `${subject}: ${detail.split('\n')[0]}`)
          .join(' ');
  const text = state === 'recovered' ? '' : [told, reason].filter((part) => part !== '').join(' ');
  return {
    state,
    heading: `${names} ${WORDS[kind].many[state]}`,
    text: text === '' ? 'No action is needed.' : text,
    url: message.page ?? url,
  };
}

/** The text of an alert that is over: an earlier message had the failure. */
export function recoveryOf({ since }: AlertItem): string {
  return `The alert was raised at ${stamp(since)} UTC.`;
}

/** `streams a, b and 5 more`. */
function namesOf(group: readonly AlertItem[]): string {
  const byKind = Map.groupBy(
    [...new Set(group.map(({ subject }) => subject))],
    (subject) => /^(stream|export|schedule|certificate) /.exec(subject)?.[1] ?? '',
  );
  return [...byKind]
    .map(([what, subjects]) => {
      const names = subjects.map((subject) => (what === '' ? subject : subject.slice(what.length + 1)));
      const rest = names.length - MOST_NAMES;
      const listed = names.slice(0, MOST_NAMES).join(', ');
      const noun = what === '' ? '' : `${what}${names.length === 1 ? '' : 's'} `;
      const count = names.length > MOST_NAMES ? `${names.length} ` : '';
      return `${count}${noun}${listed}${rest > 0 ? ` and ${rest} more` : ''}`;
    })
    .join(', ');
}

/** The page of what an alert is about. */
export function pageOf({ page }: Pick<AlertMessage, 'page'>, item: AlertItem): string | undefined {
  if (page === undefined) return undefined;
  if (item.kind === 'failure' && item.runId !== null) return `${page}/runs/${encodeURIComponent(item.runId)}`;
  if (item.kind === 'expiry') return `${page}/streams/saml_certificates`;
  const [what, ...name] = item.subject.split(' ');
  if (what === 'stream' || what === 'export') return `${page}/${what}s/${encodeURIComponent(name.join(' '))}`;
  return page;
}
