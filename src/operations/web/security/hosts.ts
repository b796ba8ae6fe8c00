/** Under which names the page may be asked for. Pure. */
import { isIP } from 'node:net';
import { isLoopback } from '../../../core/network.ts';

/** Values to compare the Host header with. */
export interface HostRules {
  /** Address that the page is bound to. */
  readonly bound: string;
  readonly machine: string;
  /** Setting `service.public_url`. */
  readonly publicUrl: string | undefined;
}

/** Name and port of a Host header, in lower case; undefined where it is none. */
export function parseHost(header: string | undefined): { name: string; port: string } | undefined {
  const match = /^(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::(\d{1,5}))?$/i.exec(header ?? '');
  if (match === null) return undefined;
  return { name: (match[1] ?? '').toLowerCase().replace(/\.$/, ''), port: match[2] ?? '' };
}

/**
 * True where the Host header names this page. A stranger's page that makes its own name point to us (DNS rebinding)
 * comes with that name, so names that are not ours are refused. Addresses are no names: bound to all of them, any is
 * ours.
 */
export function isOurHost(header: string | undefined, { bound, machine, publicUrl }: HostRules): boolean {
  const host = parseHost(header);
  if (host === undefined) return false;
  const name = host.name.replace(/^\[|\]$/g, '');
  if (isLoopback(name) || name === bound.toLowerCase()) return true;
  if (publicUrl !== undefined && parseHost(URL.parse(publicUrl)?.host)?.name === host.name) return true;
  if (isLoopback(bound)) return false;
  const everywhere = bound === '0.0.0.0' || bound === '::';
  return everywhere && (isIP(name) !== 0 || name === machine.toLowerCase());
}
