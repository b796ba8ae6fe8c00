import { staleOf } from './shared/stale.ts';

export const staleReports = staleOf('report');
