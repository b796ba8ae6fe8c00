/**
 * Reads the address of a Postgres database as psql reads it. The one place that does: a message never repeats the
 * address, which holds a password.
 */
import { existsSync, readFileSync } from 'node:fs';
import tls from 'node:tls';
import type { ClientConfig } from 'pg';
import { decode, ENCODE, isAmbiguous } from '../address.ts';
import { ConfigError } from '../errors.ts';

/** The parts of an address as they are written, percent-encoding included. */
export interface AddressParts {
  readonly user: string;
  readonly password: string | undefined;
  /** One or more with their ports, divided by commas; empty where there is none. */
  readonly hosts: string;
  readonly database: string;
  readonly parameters: readonly (readonly [name: string, value: string])[];
}

/** Settings of a client's connection. */
export interface Address extends ClientConfig {
  /** The place of the database, fit for a message. */
  readonly label: string;
}

const SHAPE =
  /^postgres(?:ql)?:\/\/(?:(?<user>[^@/?#:]*)(?::(?<password>[^@/?#]*))?@)?(?<hosts>[^@/?#]*)(?:\/(?<database>[^/?#]*))?(?:\?(?<query>[^#]*))?$/i;

/** Takes an address apart; undefined where it is not well formed. */
export function splitAddress(text: string): AddressParts | undefined {
  // Nothing of an address of Postgres stands behind a number sign: it would be the rest of a password.
  const groups = text.includes('#') || isAmbiguous(text) ? undefined : SHAPE.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const { user = '', password, hosts = '', database = '', query = '' } = groups;
  const parameters = query
    .split('&')
    .filter((part) => part !== '')
    .map((part) => part.split(/=(.*)/s))
    .map(([name = '', value = '']) => [name, value] as const);
  const all = [user, password ?? '', hosts, database, ...parameters.flat()];
  if (all.some((part) => decode(part) === undefined)) return undefined;
  return { user, password, hosts, database, parameters };
}

const meant = (part: string): string => decode(part) ?? part;

/**
 * Reads an address. Missing parts come from the `PG…` variables, as with psql.
 *
 * @param name the name of the setting.
 * @throws ConfigError if it is malformed, or asks for something unsupported.
 */
export function readAddress(text: string, name = 'database.url', env = process.env): Address {
  const parts = splitAddress(text);
  if (parts === undefined) {
    throw new ConfigError(
      `${name} is not a well-formed URL (its text is not shown because it may hold a password).`,
      {
        advice: ENCODE,
      },
    );
  }
  const given = new Map(
    // To psql a plus is a plus, but a program that writes the options writes a space as one.
    parts.parameters.map(([key, value]) => [
      meant(key),
      meant(key === 'options' ? value.replaceAll('+', ' ') : value),
    ]),
  );
  const refuse = (what: string, advice: string): ConfigError =>
    new ConfigError(`${name} ${what}.`, { advice });
  for (const [key, advice] of UNSUPPORTED)
    if (given.has(key)) throw refuse(`has ${key}, which sigma-sync can't follow`, advice);
  if (
    (env['PGSERVICE'] ?? '') !== '' &&
    parts.hosts === '' &&
    !given.has('host') &&
    env['PGHOST'] === undefined
  )
    throw refuse(
      'names no host, and PGSERVICE is set, which sigma-sync does not read',
      UNSUPPORTED[0]?.[1] ?? '',
    );
  const { host, port } = readHost(parts, given, env, refuse);
  const database = given.get('dbname') ?? meant(parts.database);
  const user = given.get('user') ?? meant(parts.user);
  const password = given.get('password') ?? (parts.password === undefined ? '' : meant(parts.password));
  const seconds = Number(given.get('connect_timeout') ?? Number.NaN);
  const address = given.get('hostaddr') ?? env['PGHOSTADDR'];
  const ssl = readTls(given, env, refuse);
  return {
    label: `${host ?? env['PGHOST'] ?? 'localhost'}:${port ?? env['PGPORT'] ?? 5432}/${database}`,
    ...set('host', address ?? host),
    ...set('port', port),
    ...set('database', database === '' ? undefined : database),
    ...set('user', user === '' ? undefined : user),
    ...set('password', password === '' ? undefined : password),
    ...set('application_name', given.get('application_name') ?? given.get('fallback_application_name')),
    ...set('options', given.get('options')),
    ...set('enableChannelBinding', given.get('channel_binding') === 'require' ? true : undefined),
    ...(given.get('sslnegotiation') === 'direct' ? { sslnegotiation: 'direct' as const } : {}),
    ...set('connectionTimeoutMillis', seconds > 0 ? seconds * 1000 : undefined),
    ssl:
      typeof ssl === 'object' && address !== undefined && host !== undefined
        ? { servername: host, ...ssl }
        : ssl,
  };
}

function set<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, V>);
}

type Refuse = (what: string, advice: string) => ConfigError;

/** Parameters of psql that would silently mean nothing. */
const UNSUPPORTED: readonly (readonly [name: string, advice: string])[] = [
  ['service', 'Write host, port, user and database into the address: pg_service.conf is not read.'],
  ['passfile', 'Name the file in PGPASSFILE, or put the password into the address.'],
  ['requirepeer', "Remove it. The permissions of the socket's folder say who may listen there."],
  ['sslcrl', 'Remove it. sigma-sync does not look up revoked certificates.'],
  ['sslcrldir', 'Remove it. sigma-sync does not look up revoked certificates.'],
];

/** Folders in which servers put their socket, as they are packaged. */
const SOCKET_FOLDERS = ['/var/run/postgresql', '/tmp'];

function readHost(
  { hosts }: AddressParts,
  given: ReadonlyMap<string, string>,
  env: NodeJS.ProcessEnv,
  refuse: Refuse,
): { host: string | undefined; port: number | undefined } {
  const several = [hosts, given.get('host') ?? '', given.get('hostaddr') ?? '', given.get('port') ?? ''];
  if (several.some((value) => value.includes(','))) {
    throw refuse(
      'names several hosts, and sigma-sync connects to one',
      'Name the primary, or a host name that follows it when it moves.',
    );
  }
  const [, bracketed, plain = '', colon] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d*))?$/.exec(hosts) ?? [];
  if (bracketed === undefined && plain === '' && colon === undefined && hosts !== '')
    throw refuse('has a host that is none', 'Write host:port, with brackets around an IPv6 address.');
  const portText = given.get('port') ?? (colon === undefined || colon === '' ? undefined : colon);
  const port = portText === undefined ? undefined : Number(portText);
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536))
    throw refuse('is not a well-formed URL: its port is not a number', 'A port is a number from 1 to 65535.');
  const written = given.get('host') ?? meant(bracketed ?? plain);
  if (written !== '') return { host: written, port };
  if (env['PGHOST'] !== undefined || env['PGHOSTADDR'] !== undefined) return { host: undefined, port };
  const file = `.s.PGSQL.${port ?? env['PGPORT'] ?? 5432}`;
  return { host: SOCKET_FOLDERS.find((folder) => existsSync(`${folder}/${file}`)), port };
}

const MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify'];

/**
 * TLS as the address wants it. Every mode but `disable` and `no-verify` checks the certificate and its name; with
 * `uselibpqcompat=true` the modes mean what they mean to psql, of which most check nothing.
 */
function readTls(
  given: ReadonlyMap<string, string>,
  env: NodeJS.ProcessEnv,
  refuse: Refuse,
): boolean | tls.ConnectionOptions {
  const ssl = given.get('ssl');
  const mode =
    given.get('sslmode') ??
    (ssl === 'no-verify' ? 'no-verify' : ssl === 'true' || ssl === '1' ? 'verify-full' : undefined) ??
    (ssl === 'false' || ssl === '0' ? 'disable' : undefined) ??
    env['PGSSLMODE'] ??
    (given.has('sslrootcert') || given.get('sslnegotiation') === 'direct' ? 'verify-full' : 'disable');
  if (!MODES.includes(mode)) throw refuse('has an sslmode that is none', `Take one of ${MODES.join(', ')}.`);
  if (mode === 'disable') return false;
  const compat = given.get('uselibpqcompat') === 'true';
  const rootFile = given.get('sslrootcert') ?? env['PGSSLROOTCERT'];
  const file = (key: string, path: string | undefined): Record<string, string> => {
    if (path === undefined || path === '') return {};
    try {
      return { [key]: readFileSync(path, 'utf8') };
    } catch (error) {
      const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
      throw refuse(`names a TLS file that can't be read (${path}: ${reason})`, 'Correct the path.');
    }
  };
  const minVersion = given.get('ssl_min_protocol_version');
  const options: tls.ConnectionOptions = {
    ...(rootFile === 'system' ? { ca: tls.getCACertificates('system') } : file('ca', rootFile)),
    ...file('cert', given.get('sslcert') ?? env['PGSSLCERT']),
    ...file('key', given.get('sslkey') ?? env['PGSSLKEY']),
    ...set('passphrase', given.get('sslpassword')),
    ...(minVersion === undefined ? {} : { minVersion: minVersion as tls.SecureVersion }),
  };
  const anyName = { ...options, checkServerIdentity: () => undefined };
  if (mode === 'no-verify') return { ...options, rejectUnauthorized: false };
  if (!compat || mode === 'verify-full') return options;
  if (rootFile !== undefined) return anyName;
  if (mode !== 'verify-ca') return { ...options, rejectUnauthorized: false };
  throw refuse(
    'has sslmode=verify-ca without sslrootcert, so a certificate of any public authority would pass',
    'Add sslrootcert=FILE, or take sslmode=verify-full.',
  );
}
