/** The organization itself, as the owner of the credentials asks for it. */
import type { Entry } from '../../store/entry.ts';
import type { Store } from '../../store/store.ts';
import type { Stream } from '../stream.ts';

function whoami({ ownerId, organizationId }: Store): Entry {
  return { userId: ownerId, organizationId };
}

export const organization = {
  endpoints: [{ path: '/v2/whoami', get: ({ store }) => whoami(store) }],
  truth: (store) => [whoami(store)],
} satisfies Stream;
