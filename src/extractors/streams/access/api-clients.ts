import { authorship, derived, sensitive, text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { entryText } from '../shared/entry-text.ts';
import { unseenId } from '../shared/unseen-id.ts';

/** The owner of a client, under any name that the API has for that field. */
export function ownerOfClient(entry: Readonly<Record<string, unknown>>): string | undefined {
  return ['ownerId', 'userId', 'memberId', 'createdBy']
    .map((name) => entryText(entry, name))
    .find((id) => id !== undefined);
}

/** Since September 2026 [FFF]. Neither its fields nor its paging were seen, so the answer decides. */
export const apiClients = defineStream({
  name: 'api_clients',
  description: 'API clients: credentials of the Sigma API and their owners.',
  key: ['client_id'],
  sources: [{ name: 'credentials', listings: [{ path: '/v2/credentials', paging: 'any' }] }],
  caveats: 'Its fields are not documented: fields without a column are in `_raw`.',
  fields: {
    clientId: derived(
      sensitive('network', text('Unique id of the client')),
      unseenId('clientId', 'credentialId', 'id'),
    ),
    ownerId: derived(text('Member whose rights it has'), ownerOfClient),
    name: text('Name'),
    description: text('Description'),
    ...authorship,
  },
});
