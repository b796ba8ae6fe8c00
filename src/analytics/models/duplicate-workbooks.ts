import { duplicatesOf } from './shared/duplicates.ts';

export const duplicateWorkbooks = duplicatesOf('workbook');
