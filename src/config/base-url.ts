/** The API's base URL as people paste it, made uniform and checked before a credential is sent to it. */
import { ConfigError } from '../core/errors.ts';
import { isLoopback } from '../core/network.ts';

/**
 * The origin to which `/v2/…` is appended: without trailing slash and without `/v2`.
 *
 * `name` is what messages call it; `allowHttp` accepts plain http for other machines than this one.
 *
 * @example normalizeBaseUrl('https://aws-api.sigmacomputing.com/v2/') // 'https://aws-api.sigmacomputing.com'
 * @throws ConfigError for anything else than a bare http(s) origin, and for unencrypted http to another machine.
 */
export function normalizeBaseUrl(
  text: string,
  { name = 'sigma.base_url', allowHttp = false }: { name?: string; allowHttp?: boolean } = {},
): string {
  // An @ anywhere: credentials may stand in front of it, and which part of the address those are is not certain.
  if (text.includes('@')) {
    throw new ConfigError(`${name} must not hold a user name or password.`, {
      advice: 'Use SIGMA_CLIENT_ID and SIGMA_CLIENT_SECRET for the credentials.',
    });
  }
  const url = /^https?:\/\/\S+$/i.test(text.trim()) ? URL.parse(text.trim()) : null;
  if (url === null) {
    throw new ConfigError(`${name} must be a URL that begins with https://.`, { advice: WHERE });
  }
  if (!/^\/(v2\/?)?$/.test(url.pathname) || url.search !== '' || url.hash !== '') {
    throw new ConfigError(`${name} must be the API's address without a path, like ${url.origin}.`, {
      advice: WHERE,
    });
  }
  // The client secret travels in the first request: never in the clear over a network by mistake.
  if (url.protocol === 'http:' && !allowHttp && !isLoopback(url.hostname)) {
    throw new ConfigError(`${name} would send the credentials unencrypted to ${url.host}.`, {
      advice: 'Use https://, or set sigma.allow_http to true if the network between is trusted.',
    });
  }
  return url.origin;
}

const WHERE =
  'Sigma shows it under Administration > Developer Access; SIGMA_REGION with the cloud region does the same.';
