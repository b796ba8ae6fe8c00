/** The scope of an export: one element, a page or a whole workbook. */
import { Refusal } from '../http/answer.ts';
import type { ElementEntry, PageContent } from '../streams/shared/added-content.ts';
import type { ExportRequest } from './export-request.ts';

/** Formats that show what is seen. All others hold data, which not every element has. */
const PICTURES: readonly ExportRequest['format']['type'][] = ['pdf', 'png'];

/** Names of the exported objects, and their elements. */
export interface Exported {
  /** From the workbook down to the page and the element. */
  readonly path: readonly [workbook: string, page?: string, element?: string];
  readonly pages: readonly { readonly name: string; readonly elements: readonly ElementEntry[] }[];
}

/** @throws Refusal 404 for what is not there, 400 for an element without the data that the format asks for. */
export function exportedBy(
  { elementId, pageId, format }: ExportRequest,
  workbook: string,
  content: readonly PageContent[],
): Exported {
  const pages = content.map(({ page, elements }) => ({
    id: page.pageId,
    name: String(page['name']),
    elements,
  }));
  if (elementId !== undefined) {
    for (const { name, elements } of pages) {
      const element = elements.find((one) => one.elementId === elementId);
      if (element === undefined) continue;
      if (element.columns === undefined && !PICTURES.includes(format.type))
        throw new Refusal(400, `elementId: an element of type ${element.type} has no data`);
      return { path: [workbook, name, element.name], pages: [{ name, elements: [element] }] };
    }
    throw new Refusal(404, 'elementId: element not found');
  }
  if (pageId === undefined) return { path: [workbook], pages };
  const page = pages.find(({ id }) => id === pageId);
  if (page === undefined) throw new Refusal(404, 'pageId: page not found');
  return { path: [workbook, page.name], pages: [page] };
}
