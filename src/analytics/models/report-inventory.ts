import { inventoryOf } from './shared/inventory.ts';

export const reportInventory = inventoryOf({
  document: 'report',
  tagName: 'tag_name',
  taggedId: 'tagged_report_id',
  tagFields: ['tagName', 'taggedReportId'],
  hasMore: false,
});
