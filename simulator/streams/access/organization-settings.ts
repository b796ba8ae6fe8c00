/** Settings of the organization. Nobody has seen what they hold: these are the simulator's own. */
import type { Entry } from '../../store/entry.ts';
import { oneOf, type Store } from '../../store/store.ts';
import { mutation } from '../mutation.ts';
import type { Stream } from '../stream.ts';

const NAMES = [
  ...(['aiChatHistory', 'auditLogging', 'bulkCopy', 'comments', 'csvUpload', 'emailBranding'] as const),
  ...(['licenseUpgradeRequests', 'publicEmbeds', 'sampleConnections', 'timezone'] as const),
] as const;

/** Those that were switched since the beginning. */
const switchedOf = oneOf(() => new Set<string>());

function settingsOf(store: Store, name: string): Entry {
  if (name === 'timezone') return { timezone: switchedOf(store).has(name) ? 'Europe/Berlin' : 'UTC' };
  return { enabled: (name.length % 2 === 0) !== switchedOf(store).has(name) };
}

export const organizationSettings = {
  endpoints: NAMES.map((name) => ({
    path: `/v2/organizations/settings/${name}`,
    novelty: 'administration' as const,
    get: ({ store }) => settingsOf(store, name),
  })),
  truth: (store) => NAMES.map((name) => ({ name, settings: settingsOf(store, name) })),
  mutations: {
    /** Switches a setting on or off. */
    changeSetting: mutation(0, ['name'], (store, wanted) => {
      const name = NAMES.find((one) => one === wanted) ?? store.random.pick(NAMES);
      const switched = switchedOf(store);
      if (!switched.delete(name)) switched.add(name);
      store.tick();
      return name;
    }),
  },
} satisfies Stream;
