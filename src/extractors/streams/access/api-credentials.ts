import { json, sensitive, text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';

/** [SDK]. The listing has no secrets. */
export const apiCredentials = defineStream({
  name: 'api_credentials',
  description: 'Credentials that API connectors use to sign in to other services, without their secrets.',
  key: ['api_credential_id'],
  sources: [{ name: 'credentials', listings: [{ path: '/v2/api-credentials', paging: 'pageToken' }] }],
  get: '/v2/api-credentials/{api_credential_id}',
  fields: {
    apiCredentialId: text('Unique id of the credentials'),
    name: text('Name'),
    description: text('Description'),
    authMethod: text('How they sign in: basic, bearer, apiKey, oAuthClientCredentials, …'),
    allowlist: sensitive('network', json('Hosts they may be sent to')),
  },
});
