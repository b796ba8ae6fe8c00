/** The state of all organizations, read no more often than it takes. */
import type { OrganizationConfig } from '../../../config/fleet.ts';
import { placesOf } from '../../../fleet/places.ts';
import { readOrganizations } from '../../../fleet/read-organizations.ts';
import { type Answer, STATEMENT_MS } from '../data/ask.ts';
import type { Organizations } from '../organizations.ts';
import type { Site } from '../site.ts';
import { limitBook, type OrganizationRow, rowsOf } from './fleet-rows.ts';

/** All organizations at one time. */
export interface Snapshot {
  readonly rows: readonly OrganizationRow[];
  readonly at: Date;
}

/** A reading that is this young is shown, in milliseconds. */
const YOUNG_MS = 1000;
/** A reading of many organizations takes the database a while; so it may take that part of the time. */
const SHARE = 10;
/** A reading that takes longer is not waited for, if an older one is there. */
const QUICK_MS = 100;
/** So old may that one be. */
const OLDEST_MS = 5 * 60_000;

interface Taken {
  readonly of: readonly OrganizationConfig[];
  readonly begun: number;
  readonly tookMs: number;
  readonly answer: Answer<Snapshot>;
}

/** Gives the state of all organizations: as it is, or, if reading takes long, as it was shortly ago. */
export function openSnapshot(organizations: Organizations): (site: Site) => Promise<Answer<Snapshot>> {
  const limitsOf = limitBook();
  let last: Taken | undefined;
  let underWay: Promise<Answer<Snapshot>> | undefined;

  async function take(site: Site): Promise<Answer<Snapshot>> {
    const of = organizations.all();
    const begun = performance.now();
    const at = site.now();
    const configs = new Map(of.map(({ name, config }) => [name, config]));
    const answer = await site.questions.askDatabase((database) =>
      readOrganizations(database, placesOf({ organizations: of }), {
        ...{ now: at, patienceMs: STATEMENT_MS },
        limitsOf: (name) => {
          const config = configs.get(name);
          return config === undefined ? {} : limitsOf(config, at);
        },
      }),
    );
    const result =
      answer.problem === undefined ? { value: { rows: rowsOf(of, answer.value, at), at } } : answer;
    last = { of, begun, tookMs: performance.now() - begun, answer: result };
    return result;
  }

  return async (site) => {
    const known = last?.of === organizations.all() && last.answer.problem === undefined ? last : undefined;
    const age = known === undefined ? Number.POSITIVE_INFINITY : performance.now() - known.begun;
    if (known !== undefined && age < Math.max(YOUNG_MS, SHARE * known.tookMs)) return known.answer;
    underWay ??= take(site).finally(() => {
      underWay = undefined;
    });
    if (known === undefined || known.tookMs < QUICK_MS || age > OLDEST_MS) return underWay;
    underWay.catch(() => undefined);
    return known.answer;
  };
}
