import type { Endpoint, Source } from '../../stream.ts';

/** A listing of the API's version 2.1, which always pages, or else that of version 2. */
export function newerFirst(path: string, query?: Endpoint['query']): readonly Source[] {
  return ['v2.1', 'v2'].map((version) => ({
    name: version,
    listings: [{ path: `/${version}${path}`, paging: 'page', ...(query === undefined ? {} : { query }) }],
  }));
}
