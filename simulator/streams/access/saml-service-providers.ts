/** Service providers of SAML. */
import { providers } from '../shared/saml-providers.ts';
import type { Stream } from '../stream.ts';

const { add, remove, endpoints, truth, make } = providers;

export const samlServiceProviders = {
  ...{ endpoints, truth, make },
  mutations: { addSamlProvider: add, deleteSamlProvider: remove },
} satisfies Stream;
