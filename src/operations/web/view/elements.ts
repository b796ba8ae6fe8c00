/** Pieces that all pages are made of. `html` escapes whatever is put into it. */
import { html } from 'hono/html';
import { toneOf } from './tone.ts';
import { count, cut, relative, spaced, stamp } from '../../../core/words.ts';

/** Text that is safe to put into a page. */
export type Html = ReturnType<typeof html>;
/** What may stand in a page: text is escaped. */
export type Content = Html | string | number | null | undefined | readonly Content[];

/** What is not there. */
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

/** How far off a time is; the time itself is its title. `none` is said where there is no time. */
export function ago(at: Time, now: Date, none = 'never'): Html {
  const date = dateOf(at);
  if (date === undefined) return html`<span class="muted">${none}</span>`;
  return html`<time datetime="${date.toISOString()}" title="${stamp(date, true)} UTC">${relative(date, now)}</time>`;
}

export interface Column<T> {
  readonly title: string;
  readonly cell: (row: T) => Content;
  /** Numbers stand at the right. */
  readonly align?: 'right' | undefined;
  /** It names the row. */
  readonly isHead?: boolean | undefined;
  /** Takes what width is left, and wraps. */
  readonly isWide?: boolean | undefined;
  /** Not worth its place on a phone. */
  readonly isExtra?: boolean | undefined;
}

/** A column of numbers. */
export function figure<T>(
  title: string,
  of: (row: T) => number | null | undefined,
  more: Pick<Column<T>, 'isExtra'> = {},
): Column<T> {
  return { title, align: 'right', cell: (row) => count(of(row)), ...more };
}

/** A column for errors, where there is one. */
export function errorColumn<T extends { readonly error: string | null }>(
  rows: readonly T[],
  length = 200,
): readonly Column<T>[] {
  if (rows.every(({ error }) => error === null)) return [];
  const cell = ({ error }: T): Content => (error === null ? '' : errorText(error, length));
  return [{ title: 'Error', isWide: true, cell }];
}

/** A table in a container of its own, which scrolls where the table is too wide; `none` where it would have no rows. */
export function table<T>(
  caption: string,
  columns: readonly Column<T>[],
  rows: readonly T[],
  none?: Html,
): Html {
  if (rows.length === 0 && none !== undefined) return none;
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0">
<table>
<caption>${caption}</caption>
<thead><tr>${columns.map((column) => html`<th scope="col" class="${classOf(column)}">${column.title}</th>`)}</tr></thead>
<tbody>
${rows.map(
  (row) => html`<tr>${columns.map((column) =>
    column.isHead === true
      ? html`<th scope="row" class="${classOf(column)}">${column.cell(row)}</th>`
      : html`<td class="${classOf(column)}">${column.cell(row)}</td>`,
  )}</tr>
`,
)}</tbody>
</table>
</div>`;
}

function classOf({ align, isWide, isExtra }: Column<never>): string {
  return [align === 'right' && 'num', isWide === true && 'wide', isExtra === true && 'extra']
    .filter(Boolean)
    .join(' ');
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

/** What stands where there is nothing to show: why, and what to do about it. */
export function empty(what: string, next: Content = ''): Html {
  return html`<p class="empty"><strong>${what}</strong> ${next}</p>`;
}

/** A notice that stands out. */
export function notice(tone: 'bad' | 'warn' | 'info' | 'good', title: string, body: Content = ''): Html {
  return html`<div class="notice notice-${tone}" role="${tone === 'bad' ? 'alert' : 'status'}"><strong>${title}</strong> ${body}</div>`;
}

/** An error as the program tells it, cut to what can be read. */
export function errorText(text: string | null | undefined, length = 400): Html {
  if (text === null || text === undefined || text === '') return NONE;
  return html`<span class="error">${cut(text, length)}</span>`;
}

/** A figure with its name. */
export interface Fact {
  readonly name: string;
  readonly value: Content;
  readonly note?: Content;
}

/** Figures side by side. */
export function facts(list: readonly Fact[]): Html {
  return html`<dl class="facts">${list.map(
    ({ name, value, note }) =>
      html`<div><dt>${name}</dt><dd>${value}${note === undefined ? '' : html`<span class="note">${note}</span>`}</dd></div>`,
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

/** An entry of a navigation. */
export type Place = readonly [path: string, title: string];

/** Entries of a navigation; the one that the reader is at is marked. */
export function places(all: readonly Place[], current: string): Html[] {
  return all.map(
    ([path, title]) =>
      html`<li><a href="${path}" ${path === current ? html`aria-current="page"` : ''}>${title}</a></li>`,
  );
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
