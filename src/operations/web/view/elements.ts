/** Pieces that all pages are made of. `html` escapes whatever is put into it. */
import { html } from 'hono/html';
import { count, cut, relative, spaced, stamp } from '../../../core/words.ts';
import type { Place } from '../site.ts';
import { toneOf } from './tone.ts';

/** Text that is safe to put into a page. */
export type Html = ReturnType<typeof html>;
/** Content of a page: text is escaped. */
export type Content = Html | string | number | null | undefined | readonly Content[];

/** Stands for a missing value. */
export const NONE = html`<span class="muted">–</span>`;

/** A status in words, with a mark whose shape says the same as its colour. */
export function status(word: string): Html {
  return html`<span class="status tone-${toneOf(word)}">${spaced(word)}</span>`;
}

/** A time, as the database has it or in a text of ISO 8601; null and undefined where there is none. */
type Time = Date | string | null | undefined;

function dateOf(at: Time): Date | undefined {
  const date = typeof at === 'string' ? new Date(at) : at;
  return date === null || Number.isNaN(date?.getTime()) ? undefined : date;
}

/** A time in UTC, and how far off it is. */
export function time(at: Time, now: Date, seconds = false): Html {
  const date = dateOf(at);
  if (date === undefined) return NONE;
  return html`<time datetime="${date.toISOString()}">${stamp(date, seconds)} <span class="rel">${relative(date, now)}</span></time>`;
}

/** The distance to a time; the time itself is its title. Without a time it says `none`. */
export function ago(at: Time, now: Date, none = 'never'): Html {
  const date = dateOf(at);
  if (date === undefined) return html`<span class="muted">${none}</span>`;
  return html`<time datetime="${date.toISOString()}" title="${stamp(date, true)} UTC">${relative(date, now)}</time>`;
}

/** The id of the heading of a section. */
export const sectionId = (title: string): string => title.toLowerCase().replace(/[^a-z0-9]+/g, '-');

/** A section with a heading. */
export function section(title: string, body: Content, options: { id?: string; aside?: Content } = {}): Html {
  const id = options.id ?? sectionId(title);
  return html`<section aria-labelledby="${id}" class="card">
<div class="card-head"><h2 id="${id}">${title}</h2>${options.aside === undefined ? '' : html`<div class="aside">${options.aside}</div>`}</div>
${body}
</section>`;
}

/** Stands in place of an empty table: the reason, and the remedy. */
export function empty(what: string, next: Content = ''): Html {
  return html`<p class="empty"><strong>${what}</strong> ${next}</p>`;
}

/** A notice that stands out. */
export function notice(tone: 'bad' | 'warn' | 'info' | 'good', title: string, body: Content = ''): Html {
  return html`<div class="notice notice-${tone}" role="${tone === 'bad' ? 'alert' : 'status'}"><strong>${title}</strong> ${body}</div>`;
}

/** The request that an error is of: `(stream teams, GET /v2/teams, status 403, request 1-2)`. */
const CONTEXT =
  /\(((?:stream|partition|export|window|GET|POST|PATCH|PUT|DELETE|status|code|request) [^()\n]*)\)/;

/** Characters of an error from which on its request is worth its room. */
const WITH_CONTEXT = 400;

/**
 * An error as the program tells it, cut to what can be read. The cause and the remedy come first; the request that it is
 * of, which only a search needs, follows in small.
 */
export function errorText(text: string | null | undefined, length = WITH_CONTEXT): Html {
  if (text === null || text === undefined || text === '') return NONE;
  const context = CONTEXT.exec(text)?.[1];
  const isShort = length < WITH_CONTEXT && text.length <= length;
  if (context === undefined || isShort) return html`<span class="error">${cut(text, length)}</span>`;
  const said = text.replace(CONTEXT, '').replaceAll('  ', ' ').trim();
  if (length < WITH_CONTEXT)
    return html`<span class="error" title="${cut(text, 1000)}">${cut(said, length - 1).replace(/[.…]*$/, '…')}</span>`;
  return html`<span class="error">${cut(said, length)}<span class="note">${cut(context, length)}</span></span>`;
}

/** A figure with its name. */
export interface Fact {
  readonly name: string;
  readonly value: Content;
  readonly note?: Content;
  /** It is a text, and not a figure; as are long ones. */
  readonly isText?: boolean;
}

/** Characters of a text that is set as one, and not as a figure. */
const LONG = 22;

/** Figures side by side. */
export function facts(list: readonly Fact[]): Html {
  // One or two alone in a second row look lost.
  const rows = list.length > 6 ? ' by-four' : list.length > 4 ? ' by-three' : '';
  return html`<dl class="facts${rows}">${list.map(
    ({ name, value, note, isText }) =>
      html`<div${isText === true || (typeof value === 'string' && value.length > LONG) ? html` class="long"` : ''}><dt>${name}</dt><dd>${value}${note === undefined ? '' : html`<span class="note">${note}</span>`}</dd></div>`,
  )}</dl>`;
}

/** Path and query of a link; what is undefined is left out. */
export function link(
  path: string,
  query: Readonly<Record<string, string | readonly string[] | undefined>> = {},
): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of typeof value === 'string' ? [value] : (value ?? [])) {
      if (one !== '') parameters.append(name, one);
    }
  }
  return parameters.size === 0 ? path : `${path}?${parameters}`;
}

/** A name of snake_case that may be broken at its underscores. */
export function breakable(name: string): Html {
  return html`${name.split(/(?<=_)/).map((part) => html`${part}<wbr>`)}`;
}

/** Link to a run, by the first part of its id. */
export function runLink(runId: string | null | undefined): Html {
  if (runId === null || runId === undefined) return NONE;
  return html`<a href="/runs/${encodeURIComponent(runId)}" class="mono">${runId.slice(0, 8)}</a>`;
}

export function exportLink(name: string, text = name): Html {
  return html`<a href="/exports/${encodeURIComponent(name)}">${text}</a>`;
}

/** Link to a stream or, where its name begins so, to an export. */
export function subjectLink(name: string | null | undefined, known: ReadonlySet<string>): Html {
  if (name === null || name === undefined) return NONE;
  if (name.startsWith('export ')) return exportLink(name.slice(7), name);
  return known.has(name)
    ? html`<a href="/streams/${encodeURIComponent(name)}">${breakable(name)}</a>`
    : html`${name}`;
}

/**
 * Entries of a navigation; the one that the reader is at is marked.
 *
 * @param isPage false where the reader is on a page below it.
 */
export function places(all: readonly Place[], current: string, isPage = true): Html[] {
  const mark = html` aria-current="${isPage ? 'page' : 'true'}"`;
  return all.map(
    ([path, title]) => html`<li><a href="${path}"${path === current ? mark : ''}>${title}</a></li>`,
  );
}

/** Link to the rows of a list as a file. */
export function csvLink(href: string): Html {
  return html`<p class="list-head"><a href="${href}" download>Download as CSV</a></p>`;
}

/** The rows of a list that are shown. */
type Which = 'first' | 'latest' | 'nearest';

/** Says of a list that is cut how many rows there are, and where all of them are; nothing of one that is whole. */
export function cutNote(total: number, shown: number, which: Which, all: Content = ''): Content {
  return total > shown
    ? html`<p class="muted">The ${which} ${count(shown)} of ${count(total)}. ${all}</p>`
    : '';
}

/** How many rows there are, of which `shown` are shown, and all of them as a file. */
export function listHead(total: number, shown: number, href: string, which: Which = 'first'): Html {
  const said =
    total > shown
      ? `The ${which} ${count(shown)} of ${count(total)}; the download has all.`
      : `${count(total)} in all`;
  return html`<div class="list-head"><p class="muted">${said}</p><a href="${href}" download>Download as CSV</a></div>`;
}

/** Links to the neighbouring pages of a listing. */
export function pager(newer: string | undefined, older: string | undefined, olderText = 'Older'): Html {
  if (newer === undefined && older === undefined) return html``;
  return html`<nav class="pager" aria-label="Pages">${
    newer === undefined ? html`` : html`<a rel="prev" href="${newer}">← Newest</a>`
  } ${older === undefined ? html`` : html`<a rel="next" href="${older}">${olderText} →</a>`}</nav>`;
}

/** A choice of one out of some; `any` stands for none of them, where that may be. */
export function select(
  name: string,
  label: string,
  options: readonly string[],
  chosen: string | undefined,
  any?: string,
): Html {
  return html`<label><span>${label}</span><select name="${name}">${any === undefined ? '' : html`<option value="">${any}</option>`}${options.map(
    (option) =>
      html`<option value="${option}" ${option === chosen ? html`selected` : ''}>${spaced(option)}</option>`,
  )}</select></label>`;
}
