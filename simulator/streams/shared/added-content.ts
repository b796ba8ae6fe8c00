/** Elements that were added to a workbook with data of their own, beside those that are derived from the seed. */
import type { Entry } from '../../store/entry.ts';
import type { ControlEntry, ExportTable } from '../../store/export-table.ts';

/** An element as the API shows it. */
export type ElementEntry = Entry & {
  readonly elementId: string;
  readonly name: string;
  readonly type: string;
  /** Labels of its columns, where it has data. */
  readonly columns?: readonly string[];
};

/** A page and its elements, as the API shows them. */
export interface PageContent {
  readonly page: Entry & { readonly pageId: string };
  readonly elements: readonly ElementEntry[];
}

export interface AddedElement {
  /** Its columns are those of the table. */
  readonly entry: ElementEntry;
  /** The data as it is at a time, in milliseconds since 1970. */
  readonly table: (now: number) => ExportTable;
  readonly controls: readonly ControlEntry[];
  /** Ids of its columns, where they must be certain ones. */
  readonly columnIds?: readonly (string | undefined)[];
}

interface Added {
  readonly elements: AddedElement[];
  sources: readonly Entry[] | undefined;
}

/** Added content, by the root of the workbook (see `rootOf`): tagged versions show it as well. */
export class AddedContent {
  readonly #byRoot = new Map<string, Added>();

  add(root: string, element: AddedElement): void {
    this.#of(root).elements.push(element);
  }

  /** Puts an element in the place of the one with its id. */
  replace(root: string, element: AddedElement): void {
    const { elements } = this.#of(root);
    const at = elements.findIndex(({ entry }) => entry.elementId === element.entry.elementId);
    elements.splice(at, 1, element);
  }

  /** Says what the workbook is made from, in place of what is derived. */
  setSources(root: string, sources: readonly Entry[]): void {
    this.#of(root).sources = sources;
  }

  sources(root: string): readonly Entry[] | undefined {
    return this.#byRoot.get(root)?.sources;
  }

  element(root: string, elementId: string): AddedElement | undefined {
    return this.#byRoot.get(root)?.elements.find(({ entry }) => entry.elementId === elementId);
  }

  /** Elements that were added may share a control. */
  controls(root: string): readonly ControlEntry[] {
    const all = this.#byRoot.get(root)?.elements.flatMap(({ controls }) => controls) ?? [];
    return [...new Map(all.map(({ name, valueType }) => [name, { name, valueType }])).values()];
  }

  /** The content of a workbook with what was added to its first page. */
  into(root: string, content: readonly PageContent[]): readonly PageContent[] {
    const added = this.#byRoot.get(root);
    const [first, ...others] = content;
    if (added === undefined || first === undefined) return content;
    const elements = [...first.elements, ...added.elements.map(({ entry }) => entry)];
    return [{ ...first, elements }, ...others];
  }

  #of(root: string): Added {
    const known = this.#byRoot.get(root) ?? { elements: [], sources: undefined };
    this.#byRoot.set(root, known);
    return known;
  }
}
