/** The page over many organizations: which are fresh, which fail and why, which run now, which are slow. */
import { html } from 'hono/html';
import { count, duration, plural, stamp } from '../../../core/words.ts';
import { listDownload } from '../lists/download.ts';
import type { List } from '../lists/list.ts';
import { listPage } from '../lists/list-page.ts';
import { partOf } from '../lists/rows-in-memory.ts';
import { baseOf, type Organizations } from '../organizations.ts';
import type { SiteMap } from '../site-map.ts';
import { ago, breakable, type Content, empty, errorText, type Html, link, status } from '../view/elements.ts';
import { type Column, figure, since, text } from '../view/table.ts';
import { causesOf, type OrganizationRow, type SharedCause, totalsOf } from './fleet-rows.ts';
import { openSnapshot, type Snapshot } from './snapshot.ts';

/** Organizations of a page. */
const PAGE_ROWS = 40;
/** Organizations with the same cause are one line from so many on. */
const SHARED_FROM = 2;
/** Causes that are shown, and names behind each of them. */
const MOST_CAUSES = 8;
const MOST_NAMES = 24;

/** Words of the filter, with what they show. */
const FILTER: Readonly<Record<string, string>> = {
  all: 'All',
  failed: 'Failing',
  stale: 'Stale (older than target)',
  never: 'Never synced',
  fresh: 'Fresh (within target)',
  running: 'Running now',
};

/** The pages of the site over many organizations. */
export function fleetMap(organizations: Organizations): SiteMap {
  const read = openSnapshot(organizations);
  const list = organizationList(read);
  return {
    prepare: async (site) => {
      await read(site).catch(() => undefined);
    },
    pages: { [list.path]: (visit) => listPage(visit, list) },
    downloads: { [FILE]: (visit) => listDownload(visit, list) },
  };
}

const FILE = '/organizations.csv';

type Read = ReturnType<typeof openSnapshot>;

/** `/` */
function organizationList(read: Read): List<Told> {
  const hiding = remembering();
  return {
    path: '/',
    file: FILE,
    title: 'Organizations',
    place: '/',
    placeholder: 'name or cause',
    size: PAGE_ROWS,
    filters: [{ name: 'state', label: 'Filter', options: FILTER, standard: 'all' }],
    sorts: {
      attention: { title: 'Needs attention', isDescending: false },
      name: { title: 'Organization', isDescending: false },
      state: { title: 'State', isDescending: false },
      running: { title: 'Running since', isDescending: false },
      sync: { title: 'Last sync', isDescending: true },
      took: { title: 'Duration', isDescending: true },
      next: { title: 'Next run', isDescending: false },
      failing: { title: 'Failing', isDescending: true },
      stale: { title: 'Stale', isDescending: true },
      changed: { title: 'Rows changed', isDescending: true },
    },
    columns,
    more: [
      text('Cause', ({ cause, redact }) => (cause === undefined ? undefined : redact(cause))),
      text('Last run id', ({ lastSync }) => lastSync?.runId),
      text('Running run id', ({ running }) => running?.runId),
    ],
    nothing: ({ filters, text: wanted }) =>
      wanted === undefined && filters['state'] === 'all'
        ? empty('The settings have no organizations.')
        : empty('No organizations match.', html`<a href="/">Show all organizations.</a>`),
    async read(site, search, rows) {
      const answer = await read(site);
      if (answer.problem !== undefined) return answer;
      const redact = hiding(site.control.app.redact);
      const said = search.text === undefined ? new Map<string, string>() : saidOf(answer.value.rows, redact);
      const part = partOf(
        answer.value.rows.map((row): Told => ({ ...row, redact })),
        {
          columns: columns(site.now()),
          texts: ({ name }) => [name, said.get(name)],
          isIn: ({ state, running }, { state: word }) =>
            word === 'all' || (word === 'running' ? running !== undefined : state === word),
        },
        search,
        rows,
      );
      return { value: { ...part, lead: leadOf(answer.value), above: aboveOf(redact, answer.value) } };
    },
  };
}

/** A row, with what takes secrets out of what it says. */
interface Told extends OrganizationRow {
  redact(text: string): string;
}

/** A text without its secrets is remembered for so long, in milliseconds, and so many texts are. */
const HIDDEN_MS = 600_000;
const MOST_HIDDEN = 5000;

/** Takes secrets out of texts. There may be thousands of both, and most texts come again and again. */
function remembering(): (redact: Told['redact']) => Told['redact'] {
  let known = new Map<string, string>();
  let until = 0;
  return (redact) => {
    if (known.size > MOST_HIDDEN || performance.now() > until) {
      known = new Map();
      until = performance.now() + HIDDEN_MS;
    }
    const memory = known;
    return (said) => {
      const hidden = memory.get(said) ?? redact(said);
      memory.set(said, hidden);
      return hidden;
    };
  };
}

/** The cause of each that is not well, in the words of the first that has the same. */
function saidOf(rows: readonly OrganizationRow[], redact: Told['redact']): Map<string, string> {
  return new Map(
    causesOf(rows).flatMap(({ title, detail, rows: of }) => {
      const text = redact(`${title}. ${detail}`);
      return of.map(({ name }) => [name, text] as const);
    }),
  );
}

const leadOf = ({ at }: Snapshot): Content =>
  html`As of ${stamp(at, true)} UTC. Each organization has its pages behind its name.`;

/** The totals, and the causes that many organizations share. */
function aboveOf(redact: Told['redact'], { rows }: Snapshot): Html {
  const of = (word: string): boolean => rows.some(({ state }) => state === word);
  const tone = of('failed') ? 'bad' : of('stale') ? 'warn' : of('fresh') ? 'good' : 'quiet';
  const shared = causesOf(rows).filter((cause) => cause.rows.length >= SHARED_FROM);
  const more = shared.length - MOST_CAUSES;
  return html`<div class="headline tone-${tone}"><p class="headline-text">${redact(totalsOf(rows))}</p></div>${
    shared.length === 0
      ? ''
      : html`<section class="card" aria-label="Shared causes">${shared.slice(0, MOST_CAUSES).map((cause) => causeOf(cause, redact))}${
          more > 0 ? html`<p class="muted">${plural(more, 'more cause')}.</p>` : ''
        }</section>`
  }`;
}

function causeOf({ title, detail, rows }: SharedCause, redact: Told['redact']): Html {
  const [first] = rows;
  const all = link('/', { text: redact(title).slice(0, 100), state: first?.state });
  return html`<details class="group"><summary><strong>${plural(rows.length, 'organization')}</strong> ${errorText(`${redact(title)}.`, 200)}</summary>
${detail === '' ? '' : html`<p>${errorText(redact(detail), 400)}</p>`}
<ul class="names">${rows.slice(0, MOST_NAMES).map(({ name }) => html`<li>${siteLink(name)}</li>`)}</ul>${
    rows.length > MOST_NAMES ? html`<p><a href="${all}">Show all ${count(rows.length)}</a></p>` : ''
  }</details>`;
}

const siteLink = (name: string): Html => html`<a href="${baseOf(name)}/">${breakable(name)}</a>`;

const runAddress = (name: string, runId: string): string =>
  `${baseOf(name)}/runs/${encodeURIComponent(runId)}`;

function columns(now: Date): readonly Column<Told>[] {
  return [
    {
      ...{ title: 'Organization', isHead: true, isWide: true, sort: 'name', value: ({ name }) => name },
      cell: ({ name, cause, redact }) =>
        html`${siteLink(name)}${cause === undefined ? '' : html`<span class="note">${errorText(redact(cause), 140)}</span>`}`,
    },
    { title: 'State', sort: 'state', value: ({ state }) => state, cell: ({ state }) => status(state) },
    {
      ...{ title: 'Running', sort: 'running', value: ({ running }) => running?.startedAt },
      cell: ({ name, running }) =>
        running === undefined
          ? ''
          : html`<a href="${runAddress(name, running.runId)}">${running.command}</a> ${ago(running.startedAt, now)}`,
    },
    {
      ...{ title: 'Last sync', sort: 'sync', value: ({ lastSync }) => lastSync?.finishedAt },
      cell: ({ name, lastSync }) =>
        lastSync === undefined
          ? html`<span class="muted">never</span>`
          : html`<a href="${runAddress(name, lastSync.runId)}">${lastSync.status}</a> ${ago(lastSync.finishedAt, now)}`,
    },
    {
      ...{ title: 'Duration', align: 'right', sort: 'took', value: ({ tookMs }) => tookMs },
      cell: ({ tookMs }) => (tookMs === undefined ? '' : duration(tookMs)),
    },
    since('Next run', ({ nextAt }) => nextAt, now, { sort: 'next', none: '–' }),
    figure('Failing', ({ failing }) => failing, { sort: 'failing' }),
    figure('Stale', ({ stale }) => stale, { sort: 'stale' }),
    figure('Rows changed', ({ lastSync }) => lastSync?.changed, { sort: 'changed' }),
  ];
}
