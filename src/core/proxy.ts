/**
 * Finds the proxy for a host, from the variables that companies set. It reads them as curl does, since people try
 * curl first. Pure.
 */
import { BlockList, isIP } from 'node:net';
import { ConfigError } from './errors.ts';
import { withoutBrackets } from './network.ts';

/** A proxy to go through. */
export interface WebProxy {
  /** Address of a SOCKS proxy with user and password. */
  readonly uri: string;
  /** With scheme and port, and nothing secret. */
  readonly label: string;
  /** Value of `Proxy-Authorization`. */
  readonly authorization?: string;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Written small before written large. Large HTTP_PROXY is left out: in a CGI program, a request sets that. */
const VARIABLES: Readonly<Record<string, readonly string[]>> = {
  'https:': ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'],
  'http:': ['http_proxy', 'all_proxy', 'ALL_PROXY'],
};

/** The proxy to `url`; undefined where there is none. @throws ConfigError where a variable names none that can be used */
export function proxyFor(url: URL, env: Env): WebProxy | undefined {
  const variable = firstSet(VARIABLES[url.protocol] ?? [], env);
  if (variable === undefined || isExempt(url, env)) return undefined;
  return parseProxy(variable, env[variable] ?? '');
}

/** An empty variable is none. */
function firstSet(variables: readonly string[], env: Env): string | undefined {
  return variables.find((name) => (env[name] ?? '').trim() !== '');
}

/** The port that curl assumes for a proxy without one. */
const USUAL_PORT = 1080;

/** Names of schemes that undici knows, by those that people write. */
const SCHEMES: Readonly<Record<string, string>> = {
  ...{ http: 'http', https: 'https', socks5: 'socks5', socks5h: 'socks5', socks: 'socks5' },
};

/** The value may hold a password, so no message repeats it. */
function parseProxy(variable: string, value: string): WebProxy {
  const [, written = 'http', rest = ''] =
    /^(?:([a-z][a-z0-9+.-]*):\/\/)?([\s\S]*)$/i.exec(value.trim()) ?? [];
  const scheme = SCHEMES[written.toLowerCase()];
  if (scheme === undefined)
    throw notUsable(
      variable,
      `its scheme is ${written.slice(0, 20)}, and only http, https and socks5 are known`,
    );
  const at = rest.lastIndexOf('@');
  const [user, host] = [rest.slice(0, Math.max(at, 0)), rest.slice(at + 1).replace(/[/?#][\s\S]*$/, '')];
  const hasPort = /:\d+$/.test(host);
  const port = hasPort || scheme === 'https' ? '' : `:${USUAL_PORT}`;
  const address = URL.parse(`${scheme}://${host.replace(/:$/, '')}${port}`);
  if (address === null || address.hostname === '' || /[\s@]/.test(host))
    throw notUsable(variable, 'it is not the address of a proxy');
  const label = `${scheme}://${address.host}`;
  if (user === '') return { uri: label, label };
  if (scheme === 'socks5') return { uri: `${scheme}://${user}@${address.host}`, label };
  const colon = user.indexOf(':');
  const [name, password] = colon < 0 ? [user, ''] : [user.slice(0, colon), user.slice(colon + 1)];
  const credentials = Buffer.from(`${decoded(name)}:${decoded(password)}`).toString('base64');
  return { uri: label, label, authorization: `Basic ${credentials}` };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function notUsable(variable: string, why: string): ConfigError {
  return new ConfigError(`The proxy of the environment variable ${variable} can't be used: ${why}.`, {
    advice: `Write it as http://proxy.example:3128, with user:password@ before the host if it needs them, or unset ${variable}.`,
  });
}

/** True where `no_proxy` names the host: `*`, itself, a domain above it, or a range of addresses. */
function isExempt({ hostname, port, protocol }: URL, env: Env): boolean {
  const variable = firstSet(['no_proxy', 'NO_PROXY'], env);
  const host = withoutDots(withoutBrackets(hostname.toLowerCase()));
  const itsPort = port === '' ? (protocol === 'https:' ? '443' : '80') : port;
  return (env[variable ?? ''] ?? '')
    .split(/[\s,]+/)
    .some((entry) => covers(entry.toLowerCase(), host, itsPort));
}

function covers(entry: string, host: string, port: string): boolean {
  if (entry === '') return false;
  const [, bracketed, behind] = /^\[([^\]]+)\](?::(\d+))?$/.exec(entry) ?? [];
  const [, plain, itsPort = behind] = /^([^:]+):(\d+)$/.exec(entry) ?? [];
  if (itsPort !== undefined && itsPort !== port) return false;
  const name = bracketed ?? plain ?? entry;
  if (name === '*') return true;
  if (isIP(host) !== 0) return coversAddress(name, host);
  const domain = withoutDots(name);
  if (domain.startsWith('*.')) return host.endsWith(domain.slice(1));
  return domain !== '' && (host === domain || host.endsWith(`.${domain}`));
}

/** An address, or a range such as `10.0.0.0/8`. */
function coversAddress(entry: string, host: string): boolean {
  const family = (ip: string): 'ipv4' | 'ipv6' => (isIP(ip) === 4 ? 'ipv4' : 'ipv6');
  const [, network = entry, bits] = /^(.*)\/(\d{1,3})$/.exec(entry) ?? [];
  if (isIP(network) === 0) return false;
  const most = isIP(network) === 4 ? 32 : 128;
  const range = new BlockList();
  range.addSubnet(network, Math.min(most, bits === undefined ? most : Number(bits)), family(network));
  return range.check(host, family(host));
}

function withoutDots(name: string): string {
  return name.replace(/^\./, '').replace(/\.$/, '');
}
