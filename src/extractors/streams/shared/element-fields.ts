import { isPlainObject } from '../../../core/plain-object.ts';
import { derived, json, text } from '../../fields.ts';
import type { Field, ForEach, Source } from '../../stream.ts';
import { entryText } from './entry-text.ts';

/** Kinds of elements of workbooks and reports. */
export const ELEMENT_TYPES = 'table, visualization, pivot-table, input-table, control, text, image …';

/** An element of a document. The API spells `vizualizationType` with a z; the column does not. */
export function elementFields(document: string, types: string): Readonly<Record<string, Field>> {
  return {
    elementId: text(`Id of the element, unique in its ${document}`),
    name: text('Title of the element'),
    type: text(`Kind of element: ${types}`),
    vizualizationType: text('Kind of chart, if the element is one', 'visualization_type'),
    columns: json('Names of the columns'),
    error: text('Reason why the API could not describe the element'),
  };
}

/**
 * Sources of a document's elements: one request for all of them if the API has that endpoint and its entries name
 * their page, otherwise page by page.
 *
 * @param path of the document.
 * @param pages the stream of its pages.
 */
export function elementSources(
  kind: string,
  path: string,
  pages: string,
  paging: 'page' | 'pageToken',
): Source[] {
  return [
    {
      name: `per ${kind}`,
      listings: [{ path: `${path}/elements`, paging }],
      requires: 'pageId',
    },
    {
      name: 'per page',
      listings: [{ path: `${path}/pages/{pageId}/elements`, paging }],
      forEach: { stream: pages, column: 'page_id', param: 'pageId' },
    },
  ];
}

/** The elements of a document that have columns and a lineage: texts, images and controls have neither. */
export function elementsWithData(stream: string): ForEach {
  return {
    stream,
    column: 'element_id',
    param: 'elementId',
    except: { column: 'type', values: ['text', 'image', 'control'] },
  };
}

/** A column of an element. */
export const columnId = text('Id of the column, unique in its element');
export const columnFormula = text('Formula, or the column of the source that it shows');

/**
 * The type of its values. The API sends an object, `{type: 'number'}` or more where a type is made of others; older
 * versions a word or nothing. [SDK, AE, quickstarts]
 */
export const columnTypeFields: Readonly<Record<string, Field>> = {
  type: derived(
    text(
      'Type of its values, if the API says so: text, number, datetime, …; error for a formula that is broken',
    ),
    ({ type }) => (isPlainObject(type) && typeof type['type'] === 'string' ? type['type'] : undefined),
  ),
  typeDetail: derived(json('The whole type, if the API sends more than its name'), ({ type }) =>
    isPlainObject(type) && Object.keys(type).length > 1 ? type : undefined,
  ),
};

/** A column's id is unique in its element only, and the newer endpoints need not name that. */
export function columnKey(entry: Readonly<Record<string, unknown>>): string | undefined {
  const [element, column] = [entryText(entry, 'elementId'), entryText(entry, 'columnId')];
  return element === undefined || column === undefined ? column : `${element}/${column}`;
}

/** The column for that key. */
export const columnKeyField = derived(
  text('element_id/column_id, or column_id if the API names no element'),
  columnKey,
);

/** Its title. The newer endpoints call it `name`. [peer tap-sigma] */
export function columnLabel(about: string): Field {
  return derived(text(about), ({ label, name }) => label ?? name);
}
