import type { Config } from '../../../config/schema.ts';
import { plural } from '../../../core/words.ts';
import { type OrganizationState, organizationStates } from '../../../fleet/organization-states.ts';
import { placesOf } from '../../../fleet/places.ts';
import { watchedStreams } from '../../../operations/freshness/watch-list.ts';
import type { TogetherContext } from '../../one-context.ts';
import { ago, type JsonFlag, print, printJson, printTable } from '../../output/tables.ts';

/** With more organizations than this, those that are well are counted and not listed. */
const MOST_LISTED = 25;

/** `status` of several organizations: a line each, those that need attention first. */
export async function statusOfAll(
  { chosen, database, redact, now }: TogetherContext,
  { json }: JsonFlag,
): Promise<void> {
  const found = await organizationStates(await database(), placesOf({ organizations: chosen }));
  const states = found.map(
    (state): OrganizationState => ({
      ...state,
      error: state.error === null ? null : redact(state.error),
    }),
  );
  if (json === true) return printJson({ organizations: states });
  const isStale = staleness(chosen, now);
  const rankOf = (state: OrganizationState): number => rank(state, isStale(state));
  const order = states.toSorted((a, b) => rankOf(a) - rankOf(b) || b.failing.length - a.failing.length);
  const unwell = order.filter((state) => rankOf(state) < WELL);
  const listed = states.length > MOST_LISTED ? unwell : order;
  if (listed.length > 0) {
    printTable(listed, [
      'organization',
      { title: 'fresh', value: ({ freshAt }) => ago(freshAt, now) },
      'streams',
      { title: 'failing', value: ({ failing }) => failing.length },
      { title: 'last run', value: ({ lastRun }) => lastRun?.status ?? 'never' },
      { title: 'at', value: ({ lastRun }) => (lastRun === null ? '' : ago(lastRun.startedAt, now)) },
      { title: 'error', value: ({ error }) => error ?? '' },
    ]);
    print();
  }
  print(counts(states, rankOf));
  print(
    '"fresh" is when the stalest stream was read. "sigma-sync --organization NAME status" lists all streams.',
  );
}

const WELL = 5;

/** Rank in the list: an organization that needs attention most has the lowest. */
function rank({ lastRun, failing, error, streams }: OrganizationState, isStale: boolean): number {
  if (lastRun?.status === 'failed') return 0;
  if (failing.length > 0 || error !== null) return 1;
  if (isStale) return 2;
  if (streams === 0) return 3;
  return lastRun?.status === 'running' || lastRun?.status === 'complete' ? WELL : 4;
}

const WORDS = ['failed', 'failing in part', 'stale', 'never loaded', 'partial or interrupted', 'well'];

function counts(states: readonly OrganizationState[], rankOf: (state: OrganizationState) => number): string {
  const byRank = Map.groupBy(states, rankOf);
  const parts = WORDS.flatMap((word, i) => {
    const number = byRank.get(i)?.length ?? 0;
    return number === 0 ? [] : [`${number} ${word}`];
  });
  return `${plural(states.length, 'organization')}: ${parts.join(', ')}.`;
}

/** Tells whether an organization has a stream that is older than any of its may be. */
function staleness(chosen: TogetherContext['chosen'], now: number): (state: OrganizationState) => boolean {
  const limits = new Map<string, number>();
  const limitOf = (config: Config): number => {
    // Most organizations have the same schedules, whose turns are dear to search for.
    const key = JSON.stringify([config.freshness, config.schedules, config.sync]);
    const known = limits.get(key);
    const limit = known ?? Math.max(...watchedStreams(config, new Date(now)).values());
    limits.set(key, limit);
    return limit;
  };
  const configs = new Map(chosen.map(({ name, config }) => [name, config]));
  return ({ organization, freshAt }) => {
    const config = configs.get(organization);
    return config !== undefined && freshAt !== null && now - Date.parse(freshAt) > limitOf(config);
  };
}
