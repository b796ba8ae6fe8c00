/** Results of a search, as a page and as suggestions for the box in the head. */
import { html } from 'hono/html';
import { plural } from '../../../core/words.ts';
import { textOf } from '../address-parts.ts';
import type { Visit } from '../site.ts';
import { empty, type Html, section } from '../view/elements.ts';
import { type Page, pageOf } from '../view/layout.ts';
import { noAnswers } from '../view/usage-elements.ts';
import { findAnything, type Hit } from './find-anything.ts';

const SUGGESTED = { limit: 8, each: 3 };
const FOUND = { limit: 60, each: 15 };

/** `GET /search`: it needs no script. */
export async function searchPage(visit: Visit): Promise<Page> {
  const { site } = visit;
  const wanted = textOf(visit.query('q'));
  const frame = { title: 'Search', place: '', ...(wanted === undefined ? {} : { wanted }) };
  if (wanted === undefined)
    return {
      ...frame,
      body: empty('Enter a search.', 'Use a title, a name, an email, an id or a Sigma address.'),
    };
  const answer = await findAnything(site, wanted, FOUND);
  return pageOf(site, frame, answer, ({ hits, hasObjects }) => ({
    lead: html`${plural(hits.length, 'result')} for <strong>${wanted}</strong>${[...Map.groupBy(hits, ({ kind }) => kind).values()].some(({ length }) => length >= FOUND.each) ? '. Add words to narrow them down.' : ''}`,
    body: html`${hasObjects ? '' : noAnswers()}${
      hits.length === 0
        ? empty('No results.', 'Search by the beginning of words, by an id or by a Sigma address.')
        : [...Map.groupBy(hits, ({ kind }) => kind)].map(([kind, of]) => section(titleOf(kind), listOf(of)))
    }`,
  }));
}

const titleOf = (kind: string): string => `${kind.charAt(0).toUpperCase()}${kind.slice(1)}s`;

function listOf(hits: readonly Hit[]): Html {
  return html`<ul class="plain hits">${hits.map(
    ({ name, note, href }) =>
      html`<li><a href="${href}">${name}</a>${note === '' ? '' : html` <span class="note">${note}</span>`}</li>`,
  )}</ul>`;
}

/** `GET /search/suggestions`: the best, as JSON. */
export async function suggestions(visit: Visit): Promise<readonly Hit[]> {
  const wanted = textOf(visit.query('q'));
  if (wanted === undefined) return [];
  const answer = await findAnything(visit.site, wanted, SUGGESTED);
  return answer.problem === undefined ? answer.value.hits.slice(0, SUGGESTED.limit + SUGGESTED.each) : [];
}
