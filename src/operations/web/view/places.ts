/** The navigation: what is in the head of every page, and below it in the section about usage. */
import type { Place } from './elements.ts';

/** Entries of the head. */
export const MAIN_PLACES: readonly Place[] = [
  ['/', 'Overview'],
  ['/runs', 'Runs'],
  ['/streams', 'Streams'],
  ['/exports', 'Exports'],
  ['/changes', 'Changes'],
  ['/alerts', 'Alerts'],
  ['/workbooks', 'Usage'],
  ['/config', 'Settings'],
];

/** Entries of the section about usage. */
export const USAGE_PLACES: readonly Place[] = [
  ['/workbooks', 'Workbooks'],
  ['/reports', 'Reports'],
  ['/workbooks/stale', 'Stale'],
  ['/members', 'Members'],
  ['/access', 'Who sees what'],
  ['/access/exposure', 'Exposure'],
];

/** All pages that a navigation has, by what people would look for. */
export const ALL_PLACES: readonly Place[] = [
  ...MAIN_PLACES.filter(([, title]) => title !== 'Usage'),
  ...USAGE_PLACES,
];
