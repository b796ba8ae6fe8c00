import { text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';

/** [SDK] */
export const samlServiceProviders = defineStream({
  name: 'saml_service_providers',
  description: 'Service providers of SAML: the services an identity provider signs members in to.',
  key: ['saml_service_provider_id'],
  sources: [{ name: 'providers', listings: [{ path: '/v2/saml/service-providers', paging: 'pageToken' }] }],
  fields: { samlServiceProviderId: text('Unique id of the service provider') },
});
