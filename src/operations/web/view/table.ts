/** Tables. A column is declared once: it serves the page at every width, the order of the rows, and the download. */
import { html } from 'hono/html';
import { count, cut } from '../../../core/words.ts';
import { ago, type Content, errorText, type Html, time } from './elements.ts';

/** A cell's value as plain data. */
export type Value = string | number | boolean | Date | null | undefined;

/** A column of rows. */
export interface Column<T> {
  readonly title: string;
  readonly cell: (row: T) => Content;
  /** The same as plain data: what a download holds, and what rows in memory are sorted by. */
  readonly value?: ((row: T) => Value) | undefined;
  /** Numbers stand at the right. */
  readonly align?: 'right' | undefined;
  /** It names the row, and heads its card on a phone. */
  readonly isHead?: boolean | undefined;
  /** Takes what width is left, and wraps. */
  readonly isWide?: boolean | undefined;
  /** The state of the row in a word: on a card it stands beside the name, without its title. */
  readonly isState?: boolean | undefined;
  /** Stands below the row in its whole width, where there is something in it. */
  readonly isBelow?: boolean | undefined;
  /** Dropped where the table is narrow, which is said above it; on a card it is there. */
  readonly isExtra?: boolean | undefined;
  /** Dropped after the extra ones: only where the table is narrow indeed. */
  readonly isLess?: boolean | undefined;
  /** The order that its head sorts by, by its name. */
  readonly sort?: string | undefined;
}

/** The order of the rows, and the address of another order. */
export interface Order {
  readonly sort: string;
  readonly isDescending: boolean;
  /** Undefined where nothing sorts by that. */
  href(sort: string): string | undefined;
}

/** Optional parts of a column. */
type More<T> = Partial<Omit<Column<T>, 'title' | 'cell' | 'value'>>;

/** Characters of a text that a cell shows; a download has all of it. */
const MOST_TEXT = 300;

/** A column of texts. */
export function text<T>(
  title: string,
  of: (row: T) => string | null | undefined,
  more: More<T> = {},
): Column<T> {
  return { title, cell: (row) => cut(of(row) ?? '', MOST_TEXT), value: of, ...more };
}

/** A column of numbers. */
export function figure<T>(
  title: string,
  of: (row: T) => number | null | undefined,
  more: More<T> = {},
): Column<T> {
  return { title, align: 'right', cell: (row) => count(of(row)), value: of, ...more };
}

/** A column of times, as how far off they are; `none` is said where there is none. */
export function since<T>(
  title: string,
  of: (row: T) => Date | null | undefined,
  now: Date,
  more: More<T> & { readonly none?: string } = {},
): Column<T> {
  const { none, ...rest } = more;
  return { title, cell: (row) => ago(of(row), now, none), value: of, ...rest };
}

/** A column of times in full. */
export function at<T>(
  title: string,
  of: (row: T) => Date | null | undefined,
  now: Date,
  more: More<T> & { readonly seconds?: boolean } = {},
): Column<T> {
  const { seconds, ...rest } = more;
  return { title, cell: (row) => time(of(row), now, seconds), value: of, ...rest };
}

/** A column for errors, where there is one. */
export function errorColumn<T extends { readonly error: string | null }>(
  rows: readonly T[],
  length = 200,
): readonly Column<T>[] {
  if (rows.every(({ error }) => error === null)) return [];
  const cell = ({ error }: T): Content => (error === null ? '' : errorText(error, length));
  return [{ title: 'Error', isBelow: true, cell, value: ({ error }) => error }];
}

/** A table of more columns has no room for those of less weight on most screens. */
const MANY = 10;

/** A table that scrolls in a box of its own where it is too wide; `none` where it would have no rows. */
export function table<T>(
  caption: string,
  columns: readonly Column<T>[],
  rows: readonly T[],
  none?: Html,
  order?: Order,
): Html {
  if (rows.length === 0 && none !== undefined) return none;
  const beside = columns.filter(({ isBelow }) => isBelow !== true);
  const many = beside.length > MANY;
  const below = columns.filter(({ isBelow }) => isBelow === true);
  const names = [many && 'many', beside.some(({ isState }) => isState === true) && 'stated'].filter(Boolean);
  const extra = titlesOf(beside, ({ isExtra }) => isExtra === true);
  const dropped = titlesOf(beside, ({ isExtra, isLess }) => isExtra === true || isLess === true);
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0">
${many && extra !== '' ? html`<p class="dropped of-many">Hidden at this width: ${extra}.</p>` : ''}${dropped === '' ? '' : html`<p class="dropped">Hidden at this width: ${dropped}.</p>`}
<table${names.length === 0 ? '' : html` class="${names.join(' ')}"`}>
<caption>${caption}</caption>
<thead><tr>${beside.map((column) => head(column, order))}</tr></thead>
<tbody>
${rows.map((row) => rowOf(row, beside, below))}</tbody>
</table>
</div>`;
}

/** The titles of some columns, in a sentence. */
function titlesOf<T>(columns: readonly Column<T>[], isOne: (column: Column<T>) => boolean): string {
  return columns
    .filter(isOne)
    .map(({ title }) => title)
    .join(', ');
}

/** A row, and what stands below it. */
function rowOf<T>(row: T, beside: readonly Column<T>[], below: readonly Column<T>[]): Html {
  const said = below
    .map(({ title, cell }) => ({ title, content: cell(row) }))
    .filter(({ content }) => content !== '');
  return html`<tr${said.length === 0 ? '' : html` class="has-below"`}>${beside.map((column) => cellOf(column, row))}</tr>
${said.map(
  ({
    title,
    content,
  }) => html`<tr class="below"><td colspan="${beside.length}" data-t="${title}">${content}</td></tr>
`,
)}`;
}

function cellOf<T>(column: Column<T>, row: T): Html {
  const name = classOf(column);
  const marked = name === '' ? '' : html` class="${name}"`;
  return column.isHead === true
    ? html`<th scope="row"${marked}>${column.cell(row)}</th>`
    : html`<td data-t="${column.title}"${marked}>${column.cell(row)}</td>`;
}

function head<T>(column: Column<T>, order: Order | undefined): Html {
  const { title, sort } = column;
  const name = classOf(column);
  const marked = name === '' ? '' : html` class="${name}"`;
  const href = sort === undefined ? undefined : order?.href(sort);
  if (href === undefined) return html`<th scope="col"${marked}>${title}</th>`;
  const isCurrent = order?.sort === sort;
  const direction = order?.isDescending === true ? 'descending' : 'ascending';
  const arrow = order?.isDescending === true ? '↓' : '↑';
  return html`<th scope="col"${marked}${isCurrent ? html` aria-sort="${direction}"` : ''}><a href="${href}">${title}${
    isCurrent ? html`<span aria-hidden="true"> ${arrow}</span>` : ''
  }</a></th>`;
}

function classOf({ align, isWide, isExtra, isLess, isState }: Column<never>): string {
  const names = [
    align === 'right' && 'num',
    isWide === true && 'wide',
    isExtra === true && 'extra',
    isLess === true && 'less',
    isState === true && 'state',
  ];
  return names.filter(Boolean).join(' ');
}

/** Rows that are alike in what matters. */
export interface Group<T> {
  /** Their common title. */
  readonly title: string;
  readonly rows: readonly T[];
}

/** Rows of a group are one line that opens where there are so many. */
const FOLDED_FROM = 4;
/** So many rows are shown at once where they are all of one kind. */
const SHORT = 20;

/**
 * A table whose rows of one kind are folded into one line that opens. Groups stand in the order of their first rows.
 *
 * @param what names so many rows: `36 members`.
 * @param isRest true where the folded rows matter less than the others, and follow them.
 */
export function foldedTable<T>(
  caption: string,
  columns: readonly Column<T>[],
  groups: readonly Group<T>[],
  what: (rows: number, title: string) => Content,
  isRest = false,
): Html {
  const folded = groups.filter(({ rows }) => rows.length >= FOLDED_FROM);
  // A short table of one kind is not worth a click.
  const isShort = groups.length === 1 && (groups[0]?.rows.length ?? 0) <= SHORT;
  if (isShort || folded.length === 0)
    return table(
      caption,
      columns,
      groups.flatMap(({ rows }) => rows),
    );
  const single = groups.filter(({ rows }) => rows.length < FOLDED_FROM).flatMap(({ rows }) => rows);
  const lines = folded.map(
    ({ title, rows }) =>
      html`<details class="group"><summary>${what(rows.length, title)}</summary>${table(`${caption}: ${title}`, columns, rows)}</details>`,
  );
  const others = single.length === 0 ? '' : table(caption, columns, single);
  return isRest ? html`${others}${lines}` : html`${lines}${others}`;
}

/** Rows by what they have in common, in their order. */
export function groupsOf<T>(rows: readonly T[], titleOf: (row: T) => string): Group<T>[] {
  return [...Map.groupBy(rows, titleOf)].map(([title, of]) => ({ title, rows: of }));
}
