/** Connections to a host. */
import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import { isLocalhost } from './network.ts';
import { proxyFor, type WebProxy } from './proxy.ts';

/** Connections, and the proxy that they go through. */
export interface Connections {
  readonly dispatcher: Dispatcher;
  readonly proxy: WebProxy | undefined;
}

/**
 * Companies reach the world through a proxy (HTTPS_PROXY); nothing on this machine is behind one.
 *
 * @throws ConfigError where the environment names a proxy that can't be used.
 */
export function openDispatcher(
  url: URL,
  settings: Agent.Options & { readonly connectTimeoutMs: number },
): Connections {
  const { connectTimeoutMs, ...options } = settings;
  const proxy = isLocalhost(url.hostname) ? undefined : proxyFor(url, process.env);
  if (proxy === undefined)
    return { dispatcher: new Agent({ ...options, connect: { timeout: connectTimeoutMs } }), proxy };
  const { uri, authorization } = proxy;
  const dispatcher = new ProxyAgent({
    ...options,
    uri,
    connectTimeout: connectTimeoutMs,
    ...(authorization === undefined ? {} : { token: authorization }),
  });
  return { dispatcher, proxy };
}
