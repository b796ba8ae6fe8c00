import type { Endpoint, Source } from '../../stream.ts';

type Query = NonNullable<Endpoint['query']>;

/**
 * `skipPermissionCheck` shows the whole organization, and only to admins; where it is refused, the owner of the
 * credentials is shown what is shared with that member.
 *
 * @param queries of the listings that together are all of it.
 * @param everyones goes with `skipPermissionCheck` alone.
 */
export function everyonesFirst(path: string, queries: readonly Query[], everyones: Query = {}): Source[] {
  const source = (name: string, more: Query): Source => ({
    name,
    listings: queries.map((query) => {
      const all = { ...more, ...query };
      return { path, paging: 'page', ...(Object.keys(all).length === 0 ? {} : { query: all }) };
    }),
  });
  return [
    source('whole organization', { skipPermissionCheck: 'true', ...everyones }),
    source('visible to the credentials', {}),
  ];
}

/** Archived documents are asked for separately: `isArchived` is documented as a filter, and one that both listings carry is one row. */
export const LIVE_AND_ARCHIVED: readonly Query[] = [{}, { isArchived: 'true' }];
