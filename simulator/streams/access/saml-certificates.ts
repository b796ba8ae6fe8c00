/** Certificates of SAML: each provider has one that is in use, and one that ran out. */

import { Refusal } from '../../http/answer.ts';
import { param } from '../../http/endpoint.ts';
import { DAY, type Entry, iso, stamps } from '../../store/entry.ts';
import { Random } from '../../store/random.ts';
import type { Store } from '../../store/store.ts';
import type { Administered } from '../shared/administered.ts';
import { BY_TOKEN, childStream, type Stream } from '../stream.ts';
import { providerParent } from './saml-service-providers.ts';

const LIFE_MS = 3650 * DAY;

function certificates(store: Store, provider: Administered): Entry[] {
  return [0, 1].map((back) => {
    const random = new Random(store.seed, 'saml', provider.id, back);
    const notBefore = provider.createdAt - back * LIFE_MS;
    return {
      samlServiceProviderCertificateId: random.uuid(),
      samlServiceProviderId: provider.id,
      purpose: 'signing',
      isActive: back === 0,
      notBefore: iso(notBefore),
      notAfter: iso(notBefore + LIFE_MS),
      publicKeyCertificate: `-----BEGIN CERTIFICATE-----\n${random.base62(64)}\n-----END CERTIFICATE-----`,
      ...stamps(provider),
    };
  });
}

const path = '/v2/saml/service-providers/{samlServiceProviderId}/certificates';
const listed = childStream(providerParent, {
  paths: [{ path, ...BY_TOKEN, novelty: 'administration' }],
  list: certificates,
});

export const samlCertificates = {
  ...listed,
  endpoints: [
    ...listed.endpoints,
    {
      path: `${path}/{samlServiceProviderCertificateId}`,
      novelty: 'administration',
      get(call) {
        const wanted = param(call, 'samlServiceProviderCertificateId');
        const all = certificates(call.store, providerParent.find(call));
        const found = all.find((one) => one['samlServiceProviderCertificateId'] === wanted);
        if (found === undefined) throw new Refusal(404, 'certificate not found');
        return found;
      },
    },
  ],
} satisfies Stream;
