/** Addresses with a user and a password in them, which people write as they are instead of percent-encoding them. */

/** Advice on writing credentials so that nothing in them can be taken for another part of the address. */
export const ENCODE =
  'Percent-encode special characters of the user name and password, and every @ but the one before the host: @ as %40, : as %3A, / as %2F, # as %23, ? as %3F, % as %25.';

/**
 * True where it is not certain which part of an address is the password: a program would take the rest of it for a
 * host, ask the name server for that, and name it in its messages.
 *
 * An `@` behind the host is such a sign, since what stands before it may be meant as credentials. With `mayHoldAt`
 * one is let pass behind a name that can only be that of a host, because addresses of hooks may hold some.
 *
 * @example isAmbiguous('postgres://app:one/two@host/db') // true
 */
export function isAmbiguous(address: string, { mayHoldAt = false } = {}): boolean {
  // A parser leaves out line feeds and tabs, and a packet of Postgres ends at a zero byte.
  if (/[\s\p{Cc}]|%00/u.test(address)) return true;
  const rest = address.replace(/^[a-z][a-z0-9+.-]*:\/\//i, '');
  const [authority = ''] = rest.split(/[/?#\\]/, 1);
  const behind = rest.slice(authority.length);
  const [credentials, ...more] = authority.split('@').slice(0, -1);
  if (more.length > 0 || !isDecodable(credentials ?? '')) return true;
  if (!behind.includes('@')) return false;
  return !mayHoldAt || !HOST_ALONE.test(authority) || /#.*@/.test(behind);
}

/** A name with a dot or an address of IPv6, without a port, which could as well be the beginning of a password. */
const HOST_ALONE = /^([a-z0-9-]+(\.[a-z0-9-]+)+|\[[0-9a-f:.]+\])$/i;

/** A part of an address as it was meant; undefined where it is malformed. */
export function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

function isDecodable(part: string): boolean {
  return decode(part) !== undefined;
}
