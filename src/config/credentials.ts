/** Settings that only commands with a connection to Sigma need, and that no output may show. */
import { decode } from '../core/address.ts';
import { ConfigError } from '../core/errors.ts';
import { databasePasswords } from './database-url.ts';
import type { Config } from './schema.ts';

/** Enough to ask for a token. */
export interface Credentials {
  /** Origin of the API, without trailing slash and /v2. */
  readonly baseUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** @throws ConfigError that names everything missing in one sentence. */
export function requireCredentials(config: Config): Credentials {
  const { baseUrl, clientId, clientSecret } = config.sigma;
  if (baseUrl !== undefined && clientId !== undefined && clientSecret !== undefined) {
    return { baseUrl, clientId, clientSecret };
  }
  const missing = [
    baseUrl === undefined && 'SIGMA_REGION (or SIGMA_BASE_URL)',
    clientId === undefined && 'SIGMA_CLIENT_ID',
    clientSecret === undefined && 'SIGMA_CLIENT_SECRET (or SIGMA_CLIENT_SECRET_FILE)',
  ].filter((name) => name !== false);
  const list = new Intl.ListFormat('en-GB', { type: 'conjunction' }).format(missing);
  throw new ConfigError(`${list} ${missing.length === 1 ? 'is' : 'are'} not set.`, {
    advice:
      'Create them in Sigma under Administration > Developer Access, and set them in the environment or in the settings file ("sigma-sync init" writes one).',
  });
}

/** Everything that must never appear in a log line, an error or a stored message. */
export function secrets(config: Config): string[] {
  const { clientSecret } = config.sigma;
  const { url } = config.database;
  const { key } = config.privacy;
  const { password, viewerPassword, token } = config.service;
  return [
    ...(clientSecret === undefined ? [] : [clientSecret]),
    ...(key === undefined ? [] : [key]),
    ...(url === undefined ? [] : [url, ...databasePasswords(url)]),
    ...[password, viewerPassword, token].filter((secret) => secret !== undefined),
    ...config.alerts.flatMap(({ url }) => (url === undefined ? [] : alertSecrets(url))),
    ...config.exports.flatMap((one) => one.oauthOverrides.map(({ token }) => token)),
  ];
}

/** A shorter part of a path is a word, and to hide it would blank out lines that have nothing to do with it. */
const SHORTEST_PATH = 16;
const SHORTEST_VALUE = 8;

/**
 * The address itself, since that of a Slack hook is a secret, and its parts that may be one. A server that refuses a
 * request often repeats a part of its address, and a mail server repeats the message.
 */
function alertSecrets(address: string): string[] {
  const url = URL.parse(address);
  if (url === null) return [address];
  const { pathname, search, searchParams, username, password } = url;
  const paths = [pathname + search, pathname, ...pathname.split('/')].filter(
    (path) => path.length >= SHORTEST_PATH,
  );
  const values = [...searchParams.values()].filter((value) => value.length >= SHORTEST_VALUE);
  // Without a password, the user stands for one.
  const credential = password === '' ? username : password;
  const plain = Buffer.from(`\0${decode(username)}\0${decode(password)}`).toString('base64');
  return [
    ...[address, url.href],
    ...[...paths, ...values, credential].flatMap((part) => [part, decode(part) ?? part]),
    ...(password === '' ? [] : [plain, plain.replace(/=+$/, '')]),
  ].filter((part) => part !== '');
}
