/** Service providers of SAML, which certificates name. */
import { parent } from '../parents.ts';
import { administered } from '../shared/administered.ts';
import { BY_TOKEN, type Stream } from '../stream.ts';

const { add, remove, table, endpoints, truth, make } = administered({
  kind: 'SAML provider',
  path: '/v2/saml/service-providers',
  paging: BY_TOKEN,
  count: 2,
  render: ({ id }) => ({ samlServiceProviderId: id }),
});

export const providerParent = parent('samlServiceProviderId', 'service provider', table);

export const samlServiceProviders = {
  ...{ endpoints, truth, make },
  mutations: { addSamlProvider: add, deleteSamlProvider: remove },
} satisfies Stream;
