/** Connections to a host. */
import { Agent, type Dispatcher, EnvHttpProxyAgent } from 'undici';
import { isLocalhost } from './network.ts';

/** Companies reach the world through a proxy (HTTPS_PROXY); nothing on this machine is behind one. */
export function openDispatcher({ hostname }: URL, settings: Agent.Options): Dispatcher {
  return isLocalhost(hostname) ? new Agent(settings) : new EnvHttpProxyAgent(settings);
}
