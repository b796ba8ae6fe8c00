/** Service providers of SAML, which certificates name. */
import { parent } from '../parents.ts';
import { BY_TOKEN } from '../stream.ts';
import { administered } from './administered.ts';

export const providers = administered({
  kind: 'SAML provider',
  path: '/v2/saml/service-providers',
  paging: BY_TOKEN,
  count: 2,
  render: ({ id }) => ({ samlServiceProviderId: id }),
});
export const providerParent = parent('samlServiceProviderId', 'service provider', providers.table);
