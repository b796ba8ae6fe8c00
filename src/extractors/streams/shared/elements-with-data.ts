import type { ForEach } from '../../stream.ts';

/** The elements of a workbook that have columns and a lineage: texts, images and controls have neither. */
export const elementsWithData: ForEach = {
  stream: 'workbook_elements',
  column: 'element_id',
  param: 'elementId',
  except: { column: 'type', values: ['text', 'image', 'control'] },
};
