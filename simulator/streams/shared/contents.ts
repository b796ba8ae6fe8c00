/**
 * Pages and elements of a workbook or data model. They are never stored: the same (seed, parent, version) always
 * gives the same children, so an organization of 50,000 workbooks costs no more memory for its elements.
 */
import type { Entry } from '../../store/entry.ts';
import { columnNames, elementName, pageName } from '../../store/names.ts';
import { Random } from '../../store/random.ts';
import { oneOf, type Store } from '../../store/store.ts';
import { AddedContent, type ElementEntry, type PageContent } from './added-content.ts';

const TYPES = ['table', 'visualization', 'pivot-table', 'input-table', 'text', 'control', 'image'] as const;
const VISUALIZATIONS = ['bar', 'line', 'scatter', 'kpi-chart', 'donut', 'area'] as const;

interface Element {
  readonly page: number;
  readonly entry: ElementEntry;
}

/** The parent of pages and elements: a workbook or data model. */
export interface Versioned {
  readonly id: string;
  readonly taggedFrom: string | undefined;
  readonly pages: number;
  readonly elements: number;
  readonly version: number;
  readonly baseVersion: number;
}

/** The id that derived children are made from: a tagged version shares its source's. */
export function rootOf(parent: Versioned): string {
  return parent.taggedFrom ?? parent.id;
}

/** Elements that show data: they have columns, a query and perhaps a lineage. */
export function dataElements(content: readonly Pick<PageContent, 'elements'>[]): ElementEntry[] {
  return content.flatMap(({ elements }) => elements.filter(({ columns }) => columns !== undefined));
}

/** Elements that were added with data of their own. */
export const addedOf = oneOf(() => new AddedContent());

/** Pages and elements of a workbook or data model. */
export function contentOf(store: Store, parent: Versioned): readonly PageContent[] {
  return addedOf(store).into(rootOf(parent), derived(store, parent));
}

/** All its elements. */
export function elementsOf(store: Store, parent: Versioned): ElementEntry[] {
  return contentOf(store, parent).flatMap(({ elements }) => elements);
}

const KEPT = 64;
/** The children of the parents asked for last: a reader asks for one element of a workbook after the other. */
const keptOf = oneOf(() => new Map<Versioned, { version: number; content: readonly PageContent[] }>());

function derived(store: Store, parent: Versioned): readonly PageContent[] {
  const kept = keptOf(store);
  const known = kept.get(parent);
  if (known?.version === parent.version) return known.content;
  const content = childrenOf(store.seed, parent);
  kept.delete(parent);
  kept.set(parent, { version: parent.version, content });
  const [oldest] = kept.keys();
  if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
  return content;
}

/**
 * The children of a workbook at its present version. Versions after the first are replayed: each adds an element,
 * renames one, now and then removes one or adds a page. A tagged version shares its source's page and element
 * ids, as copies in Sigma do, so an element id is unique only within its workbook.
 */
function childrenOf(seed: number, workbook: Versioned): readonly PageContent[] {
  const root = rootOf(workbook);
  let pages = workbook.pages;
  let made = 0;
  const element = (page: number): Element => ({ page, entry: elementEntry(seed, root, made++) });
  const elements = Array.from({ length: workbook.elements }, (_, i) => element(i % pages));
  for (let version = workbook.baseVersion + 1; version <= workbook.version; version++) {
    const random = new Random(seed, root, 'version', version);
    if (random.next() < 0.2) pages++;
    const renamed = random.below(elements.length);
    const old = elements[renamed];
    if (old !== undefined)
      elements[renamed] = {
        ...old,
        entry: { ...old.entry, name: `${elementName(random)} v${version}` },
      };
    if (random.next() < 0.4 && elements.length > 2) elements.splice((renamed + 1) % elements.length, 1);
    elements.push(element(random.below(pages)));
  }
  return Array.from({ length: pages }, (_, page) => ({
    page: pageEntry(seed, root, page),
    elements: elements.filter((e) => e.page === page).map((e) => e.entry),
  }));
}

function pageEntry(seed: number, root: string, number: number): Entry & { pageId: string } {
  const random = new Random(seed, root, 'page', number);
  const pageId = random.base62(10);
  return { pageId, name: pageName(random, number), ...(number > 0 && { hidden: random.next() < 0.2 }) };
}

/** The id of the n-th element that a parent ever had. */
export function elementIdOf(seed: number, root: string, number: number): string {
  return new Random(seed, root, 'element', number).base62(10);
}

function elementEntry(seed: number, root: string, number: number): ElementEntry {
  const random = new Random(seed, root, 'element', number);
  const elementId = random.base62(10);
  const type = random.next() < 0.7 ? random.pick(['table', 'visualization'] as const) : random.pick(TYPES);
  const hasData = type !== 'text' && type !== 'control' && type !== 'image';
  return {
    elementId,
    name: elementName(random),
    type,
    ...(hasData && { columns: columnNames(random) }),
    // The API spells it so.
    ...(type === 'visualization' && { vizualizationType: random.pick(VISUALIZATIONS) }),
    ...(random.next() < 0.01 && { error: 'Column "Revenue" was not found' }),
  };
}
