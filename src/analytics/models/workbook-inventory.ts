import { inventoryOf } from './shared/inventory.ts';

export const workbookInventory = inventoryOf({
  document: 'workbook',
  tagName: 'name',
  taggedId: 'tagged_workbook_id',
  tagFields: ['name', 'taggedWorkbookId'],
  hasMore: true,
});
