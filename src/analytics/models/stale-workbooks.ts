import { staleOf } from './shared/stale.ts';

export const staleWorkbooks = staleOf('workbook');
