/** The navigation: what is in the head of every page, and below it in the section about usage. */
import type { Place } from '../site.ts';

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

/** Entries of the section about usage, by what they are about. */
export const USAGE_GROUPS: readonly (readonly [about: string, entries: readonly Place[]])[] = [
  [
    'Now',
    [
      ['/digest', 'Digest'],
      ['/growth', 'Growth'],
    ],
  ],
  [
    'Content',
    [
      ['/workbooks', 'Workbooks'],
      ['/reports', 'Reports'],
      ['/workbooks/stale', 'Stale'],
      ['/orphans', 'Orphaned'],
      ['/duplicates', 'Duplicates'],
      ['/impact', 'What breaks'],
    ],
  ],
  [
    'People',
    [
      ['/members', 'Members'],
      ['/teams', 'Teams'],
      ['/licences', 'Licences'],
      ['/openings', 'Who opened what'],
    ],
  ],
  [
    'Access',
    [
      ['/access', 'Who sees what'],
      ['/access/exposure', 'Exposure'],
      ['/access/changes', 'Access changes'],
    ],
  ],
  [
    'Schedules',
    [
      ['/schedules', 'Load'],
      ['/schedules/failures', 'Failures'],
    ],
  ],
];

const USAGE_PLACES: readonly Place[] = USAGE_GROUPS.flatMap(([about, entries]) =>
  entries.map(
    ([path, title]): Place => [path, about === 'Schedules' ? `Schedules: ${title.toLowerCase()}` : title],
  ),
);

/** All pages that a navigation has, by what people would look for. */
export const ALL_PLACES: readonly Place[] = [
  ...MAIN_PLACES.filter(([, title]) => title !== 'Usage'),
  ...USAGE_PLACES,
];
