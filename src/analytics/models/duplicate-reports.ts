import { duplicatesOf } from './shared/duplicates.ts';

export const duplicateReports = duplicatesOf('report');
