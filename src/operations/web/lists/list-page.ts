/** The page of a list: a form that says what it shows, the rows, and the way to more of them. */
import { html } from 'hono/html';
import { count } from '../../../core/words.ts';
import { isNode, oneOf, textOf } from '../address-parts.ts';
import type { Visit } from '../site.ts';
import { type Html, link } from '../view/elements.ts';
import { type Page, pageOf } from '../view/layout.ts';
import { type Order, table } from '../view/table.ts';
import { type List, type ListPart, type ListSearch, queryOf } from './list.ts';

/** The search in an address; unknown parts are ignored. */
export function searchOf<T>(visit: Visit, list: List<T>): ListSearch {
  const sorts = Object.keys(list.sorts);
  const wanted = visit.query('sort') ?? '';
  const sort = oneOf(wanted.replace(/^-/, ''), sorts) ?? sorts[0] ?? '';
  const isReversed = wanted === `-${sort}`;
  const page = Number(visit.query('page') ?? '1');
  const of = visit.query('of') ?? '';
  return {
    of: list.isAbout === true && isNode(of) ? of : undefined,
    text: list.placeholder === undefined ? undefined : textOf(visit.query('text')),
    filters: Object.fromEntries(
      list.filters.map(({ name, options, standard }) => [
        name,
        oneOf(visit.query(name), Object.keys(options)) ?? standard,
      ]),
    ),
    sort,
    isDescending: (list.sorts[sort]?.isDescending ?? false) !== isReversed,
    page: Number.isSafeInteger(page) && page >= 1 && page <= 100_000 ? page : 1,
  };
}

/** `GET` of the list. */
export async function listPage<T>(visit: Visit, list: List<T>): Promise<Page> {
  const { site } = visit;
  const search = searchOf(visit, list);
  const { title, place, lead, crumbs, size } = list;
  const answer = await list.read(site, search, { limit: size, offset: (search.page - 1) * size });
  const frame = {
    ...{ title, place },
    ...(lead === undefined ? {} : { lead }),
    ...(crumbs === undefined ? {} : { crumbs }),
    ...(list.nav === undefined ? {} : { nav: list.nav }),
  };
  return pageOf(site, frame, answer, (part) => {
    if (part === undefined) return { body: list.without ?? '' };
    const { rows, above, below, lead: said, title: about, crumbs: higher } = part;
    const body = rows.length === 0 ? list.nothing(search, site) : found(list, search, part, site.now());
    return {
      ...(said === undefined ? {} : { lead: said }),
      ...(about === undefined ? {} : { title: about }),
      ...(higher === undefined ? {} : { crumbs: higher }),
      body: html`${above ?? ''}${form(list, search)}<section class="card" aria-label="${title}">${body}</section>${below ?? ''}`,
    };
  });
}

/** Links in the heads of columns: the same list in another order, from its first page. */
function orderOf<T>(list: List<T>, search: ListSearch): Order {
  return {
    sort: search.sort,
    isDescending: search.isDescending,
    href(sort) {
      const known = list.sorts[sort];
      if (known === undefined) return undefined;
      const isDescending = sort === search.sort ? !search.isDescending : known.isDescending;
      return link(list.path, queryOf(list, { ...search, sort, isDescending, page: 1 }));
    },
  };
}

/** Characters of a choice that fit into half the width of a phone. */
const MOST_SHORT = 18;

function form<T>(list: List<T>, search: ListSearch): Html {
  const { path, placeholder, filters, sorts } = list;
  if (placeholder === undefined && filters.length === 0) return html``;
  const choices = Object.entries(sorts).flatMap(([name, { title, isDescending }]) => [
    { word: name, title, isDescending },
    { word: `-${name}`, title: `${title}, reversed`, isDescending: !isDescending },
  ]);
  const isChosen = (word: string, isDescending: boolean): boolean =>
    word.replace(/^-/, '') === search.sort && isDescending === search.isDescending;
  return html`<form class="filter" method="get" action="${path}" role="search" aria-label="${list.title}">${search.of === undefined ? '' : html`<input type="hidden" name="of" value="${search.of}">`}
${placeholder === undefined ? '' : html`<label><span>Search in this list</span><input type="search" name="text" value="${search.text ?? ''}" autocomplete="off" placeholder="${placeholder}"></label>`}
${filters.map(
  ({ name, label, options }) =>
    html`<label${Object.values(options).some(({ length }) => length > MOST_SHORT) ? html` class="long"` : ''}><span>${label}</span><select name="${name}">${Object.entries(
      options,
    ).map(
      ([word, says]) =>
        html`<option value="${word}"${search.filters[name] === word ? ' selected' : ''}>${says}</option>`,
    )}</select></label>`,
)}
${
  choices.length < 3
    ? ''
    : html`<label class="sort-by"><span>Sort by</span><select name="sort">${choices.map(
        ({ word, title, isDescending }) =>
          html`<option value="${word}"${isChosen(word, isDescending) ? ' selected' : ''}>${title}</option>`,
      )}</select></label>`
}
<span class="do"><button>Show</button><a href="${link(path, { of: search.of })}">Clear</a></span></form>`;
}

/** The rows, how many there are in all, and the way to the others. */
function found<T>(list: List<T>, search: ListSearch, { rows, total }: ListPart<T>, now: Date): Html {
  const last = Math.max(1, Math.ceil(total / list.size));
  const to = (page: number): string => link(list.path, queryOf(list, { ...search, page }));
  const file = link(list.file ?? `${list.path}.csv`, queryOf(list, { ...search, page: 1 }));
  const { page } = search;
  return html`<div class="list-head"><p class="muted">${count(total)} in all${last === 1 ? '' : `, page ${count(page)} of ${count(last)}`}</p><a href="${file}" download>Download as CSV</a></div>
${table(list.title, list.columns(now), rows, undefined, orderOf(list, search))}${
  last === 1
    ? ''
    : html`<nav class="pager" aria-label="Pages">${page > 1 ? html`<a rel="prev" href="${to(page - 1)}">← Previous</a>` : ''}${
        page < last ? html`<a rel="next" href="${to(page + 1)}">Next →</a>` : ''
      }</nav>`
}`;
}
