/** Finds the listing and partition that a request reads, so that requests for completed partitions show. */
import { catalogue } from '../../src/extractors/catalogue.ts';
import { fill } from '../../src/extractors/extract.ts';
import type { Source } from '../../src/extractors/stream.ts';
import { ROOT_PARTITION } from '../../src/extractors/unit.ts';

/** A completed partition as the cursor table has it. */
export interface Completed {
  readonly stream: string;
  readonly partition: string;
  readonly kind: string;
}

const PAGING = ['page', 'limit', 'pageToken', 'pageSize'];

/** The listing a request belongs to, whichever page of it is asked for. */
export function listingOf(target: string): string {
  const { pathname, searchParams } = new URL(target, 'http://localhost');
  for (const name of PAGING) searchParams.delete(name);
  searchParams.sort();
  return `${pathname}?${searchParams}`;
}

/** All listings from which a partition may have been read. */
export function listingsOf({ stream: name, partition, kind: kindName }: Completed): string[] {
  const stream = catalogue.find((candidate) => candidate.name === name);
  if (stream === undefined) return [];
  const kind = (stream.partitions ?? []).flat().find((candidate) => candidate.kind === kindName);
  if (kind === undefined && partition !== ROOT_PARTITION) return [];
  const value = partition.startsWith(`${kindName}:`) ? partition.slice(kindName.length + 1) : partition;
  const params = kind === undefined ? {} : { [kind.param]: value };
  const sources = kind?.sources ?? stream.sources;
  return sources
    .filter((source) => source.forEach === undefined)
    .flatMap((source) => targetsOf(source, params));
}

function targetsOf(source: Source, params: Readonly<Record<string, string>>): string[] {
  return source.listings.map(({ path, query = {} }) => {
    const values = Object.entries(query).map(([name, value]) => [name, fill(value, params, (text) => text)]);
    const search = new URLSearchParams(values as [string, string][]);
    return listingOf(`${fill(path, params, encodeURIComponent)}?${search}`);
  });
}
