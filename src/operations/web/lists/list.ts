/** A list of rows, declared once: its page, its filters, the order of its heads and its download follow from that. */
import type { Answer } from '../data/ask.ts';
import type { Place, Site } from '../site.ts';
import type { Content, Html } from '../view/elements.ts';
import type { Column } from '../view/table.ts';

/** A choice that a list is filtered by. */
export interface Filter {
  /** Its name in the address. */
  readonly name: string;
  readonly label: string;
  /** Meaning of each word of the address. */
  readonly options: Readonly<Record<string, string>>;
  /** The word where the address has none. */
  readonly standard: string;
}

/** An order of a list. */
export interface Sort {
  /** Its order, in words. */
  readonly title: string;
  /** True if the greatest comes first by default. */
  readonly isDescending: boolean;
}

/** The search that an address asks a list for. */
export interface ListSearch {
  /** The object that it is about; undefined for a list that is about all of them. */
  readonly of: string | undefined;
  readonly text: string | undefined;
  /** The chosen word of each filter. */
  readonly filters: Readonly<Record<string, string>>;
  readonly sort: string;
  readonly isDescending: boolean;
  /** From 1. */
  readonly page: number;
}

/** Rows that are read at once. */
export interface Rows {
  readonly limit: number;
  readonly offset: number;
}

/** A part of a list. */
export interface ListPart<T> {
  readonly rows: readonly T[];
  /** Rows of all parts. */
  readonly total: number;
  /** Changes where parts that were read before do not fit to this one. */
  readonly version: string;
  /** Replaces the title of the list: it is about one object. */
  readonly title?: string;
  /** Pages that it is below, then. */
  readonly crumbs?: readonly Place[];
  /** Said under the title in place of what the list says. */
  readonly lead?: Content;
  /** Stands above the list. */
  readonly above?: Content;
  /** Stands below the list: the SQL behind it. */
  readonly below?: Content;
}

/** A list. */
export interface List<T> {
  /** Its address; the download is at the same with `.csv`. */
  readonly path: string;
  /** Address of its download, where that is another. */
  readonly file?: string;
  readonly title: string;
  readonly lead?: Content;
  /** Entry of the main navigation. */
  readonly place: string;
  /** Navigation of its section. */
  readonly nav?: Html;
  /** Pages that it is below. */
  readonly crumbs?: readonly Place[];
  /** It may be about one object, which `of` of the address names. */
  readonly isAbout?: boolean;
  /** Placeholder of the search box; undefined without one. */
  readonly placeholder?: string;
  readonly filters: readonly Filter[];
  /** By their names in the address; the first is the order where the address has none. */
  readonly sorts: Readonly<Record<string, Sort>>;
  readonly columns: (now: Date) => readonly Column<T>[];
  /** Columns of the download alone: ids, and what cells show together. */
  readonly more?: readonly Column<T>[];
  /** Rows of a page. */
  readonly size: number;
  /** One part. Undefined where there is nothing to read from yet: `without` is shown. */
  readonly read: (site: Site, search: ListSearch, rows: Rows) => Promise<Answer<ListPart<T> | undefined>>;
  /** Stands where there is nothing to read from yet. */
  readonly without?: Content;
  /** Stands where no row is like that. */
  readonly nothing: (search: ListSearch, site: Site) => Content;
}

/** The address of a list with a search; what it has anyway is left out. */
export function queryOf<T>(list: List<T>, search: ListSearch): Record<string, string | undefined> {
  const chosen = list.filters.map(({ name, standard }) => [
    name,
    search.filters[name] === standard ? undefined : search.filters[name],
  ]);
  const { sort, isDescending, text } = search;
  const [first] = Object.keys(list.sorts);
  const known = list.sorts[sort];
  const isReversed = known !== undefined && known.isDescending !== isDescending;
  return {
    of: search.of,
    text,
    ...Object.fromEntries(chosen),
    sort: sort === first && !isReversed ? undefined : `${isReversed ? '-' : ''}${sort}`,
    page: search.page === 1 ? undefined : String(search.page),
  };
}
