import { authorship, boolean, text, timestamp } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { byId } from '../shared/by-parent.ts';

/** [SDK] */
export const samlCertificates = defineStream({
  name: 'saml_certificates',
  description: 'Certificates of SAML: once the active one expires, nobody can sign in with it.',
  key: ['saml_service_provider_id', 'saml_service_provider_certificate_id'],
  sources: [
    {
      name: 'certificates',
      listings: [
        {
          path: '/v2/saml/service-providers/{samlServiceProviderId}/certificates',
          paging: 'pageToken',
        },
      ],
    },
  ],
  partitions: [[byId('service provider', 'saml_service_providers', 'samlServiceProviderId')]],
  get: '/v2/saml/service-providers/{saml_service_provider_id}/certificates/{saml_service_provider_certificate_id}',
  params: { samlServiceProviderId: text('Service provider') },
  fields: {
    samlServiceProviderCertificateId: text('Unique id of the certificate'),
    purpose: text('signing or encryption'),
    isActive: boolean('True if it is in use'),
    notBefore: timestamp('From when it is valid'),
    notAfter: timestamp('Until when it is valid'),
    publicKeyCertificate: text('The certificate, which is public'),
    ...authorship,
  },
});
