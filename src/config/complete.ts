/** From settings that fit the schema to a configuration: secret files are read, addresses and names are checked. */
import { resolve } from 'node:path';
import { ENCODE, isAmbiguous } from '../core/address.ts';
import { ConfigError } from '../core/errors.ts';
import { isLoopback } from '../core/network.ts';
import { normalizeBaseUrl } from './base-url.ts';
import { camelKeys } from './camel-keys.ts';
import { checkDatabaseUrl } from './database-url.ts';
import { withAddress, withTokens } from './entry-secrets.ts';
import { explainIssues } from './explain.ts';
import type { Layers } from './layers.ts';
import { REGIONS } from './regions.ts';
import { type Config, configSchema, type Settings } from './schema.ts';
import { readSecretFile } from './secret-file.ts';

/** E-mail addresses are few enough to be tried one by one: the key is all that protects their hashes. */
const SHORTEST_KEY = 16;

const PROXIES = ['https_proxy', 'http_proxy', 'all_proxy'].flatMap((name) => [name, name.toUpperCase()]);

/** @throws ConfigError where the rest of a proxy's password would be taken for its host. */
export function checkProxies(env: NodeJS.ProcessEnv): void {
  const wrong = PROXIES.find((name) => isAmbiguous(env[name]?.trim() ?? ''));
  if (wrong === undefined) return;
  throw new ConfigError(
    `${wrong} is not a well-formed address (its text is not shown because it may hold a password).`,
    { advice: ENCODE },
  );
}

/** Gives a setting the name by which the user set it. */
type NameOf = (setting: string) => string;

/** All layers in one, checked against the schema. @throws ConfigError */
export function parseLayers(layers: Layers): Settings {
  const data = layers.merged();
  const parsed = configSchema.safeParse(data);
  if (parsed.success) return parsed.data;
  throw new ConfigError(
    explainIssues(parsed.error.issues, data, (path) => layers.originOf(path)),
    { advice: 'docs/configuration.md describes every setting.' },
  );
}

/** Reads secret files and checks URLs: what a schema alone can't. @throws ConfigError */
export function complete(
  settings: Settings,
  layers: Layers,
  { cwd, env }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Omit<Config, 'file'> {
  const nameOf: NameOf = (setting) => layers.originOf(setting.split('.')).name;
  const read = (file: string, setting: string): string => readSecretFile(file, cwd, nameOf(setting));
  const at = (file: string | undefined) => (file === undefined ? undefined : resolve(cwd, file));
  const { client_id_file: idFile, client_secret_file: secretFile, ...sigma } = settings.sigma;
  if (idFile !== undefined) sigma.client_id = read(idFile, 'sigma.client_id_file');
  if (secretFile !== undefined) sigma.client_secret = read(secretFile, 'sigma.client_secret_file');
  const { key_file: keyFile, ...privacy } = settings.privacy;
  if (keyFile !== undefined) privacy.key = read(keyFile, 'privacy.key_file');
  checkKey(privacy.key, nameOf(keyFile === undefined ? 'privacy.key' : 'privacy.key_file'));
  const { url_file: urlFile, ...database } = settings.database;
  if (urlFile !== undefined) database.url = read(urlFile, 'database.url_file');
  if (database.url !== undefined)
    checkDatabaseUrl(database.url, nameOf(urlFile === undefined ? 'database.url' : 'database.url_file'));
  if (database.url === undefined) checkVariables(layers, env);
  const { password_file: passwordFile, token_file: tokenFile, ...others } = settings.service;
  const { viewer_password_file: viewerFile, ...service } = others;
  if (passwordFile !== undefined) service.password = read(passwordFile, 'service.password_file');
  if (viewerFile !== undefined) service.viewer_password = read(viewerFile, 'service.viewer_password_file');
  if (tokenFile !== undefined) service.token = read(tokenFile, 'service.token_file');
  checkService(service, nameOf);
  const from = (setting: string): string => {
    const { name, where } = layers.originOf(setting.split('.'));
    return `${name}${where}`;
  };
  const names = [
    idFile === undefined ? 'sigma.client_id' : 'sigma.client_id_file',
    secretFile === undefined ? 'sigma.client_secret' : 'sigma.client_secret_file',
  ];
  const baseUrl = baseUrlOf(sigma, nameOf);
  checkSchemas(database, nameOf);
  return {
    ...camelKeys({
      ...{ sync: settings.sync, history: settings.history, log: settings.log },
      ...{ schedules: settings.schedules, freshness: settings.freshness, retention: settings.retention },
      ...{ telemetry: settings.telemetry, analytics: settings.analytics },
    }),
    service: camelKeys(service),
    alerts: settings.alerts.map((entry, index) => withAddress(entry, index, cwd, layers)),
    secretFiles: { clientId: at(idFile), clientSecret: at(secretFile), databaseUrl: at(urlFile) },
    sigma: { ...camelKeys(sigma), ...(baseUrl === undefined ? {} : { baseUrl }) },
    ...(sigma.client_id === undefined ? {} : { credentialsFrom: names.map(from).join(' and ') }),
    privacy: camelKeys(privacy),
    exports: settings.exports.map((entry, index) => withTokens(entry, index, cwd, layers)),
    database: { ...camelKeys(database), directory: resolve(cwd, database.directory) },
  };
}

/** Variables by which psql finds a server. */
const OF_PSQL = ['PGHOST', 'PGHOSTADDR', 'PGSERVICE', 'PGDATABASE'];

/** @throws ConfigError where variables name a server that the embedded database would be used instead of. */
function checkVariables(layers: Layers, env: NodeJS.ProcessEnv): void {
  const found = OF_PSQL.find((name) => (env[name] ?? '') !== '');
  if (found === undefined || layers.isSet('database', 'directory')) return;
  throw new ConfigError(
    `${found} is set, but DATABASE_URL is not, and without it the embedded database is used.`,
    {
      advice:
        'Set DATABASE_URL to postgres:// for the server that the PG variables name, or SIGMA_SYNC_DIRECTORY to a folder for the embedded database.',
    },
  );
}

/** @throws ConfigError where the key of the hashes can be guessed. */
function checkKey(key: string | undefined, name: string): void {
  if (key === undefined || key.length >= SHORTEST_KEY) return;
  throw new ConfigError(`${name} must be a key of at least ${SHORTEST_KEY} characters.`, {
    advice: 'Make one with "openssl rand -hex 32" and keep it: with another key all hashes change.',
  });
}

/** The origin of the API, by region or URL. @throws ConfigError where the two differ, or the URL is none. */
function baseUrlOf(
  { region, base_url: url, allow_http: allowHttp }: Settings['sigma'],
  nameOf: NameOf,
): string | undefined {
  const regional = region === undefined ? undefined : REGIONS[region];
  if (url === undefined) return regional;
  const name = nameOf('sigma.base_url');
  const baseUrl = normalizeBaseUrl(url, { name, allowHttp });
  if (regional === undefined || regional === baseUrl) return baseUrl;
  throw new ConfigError(
    `${nameOf('sigma.region')} is ${region}, whose API is ${regional}, but ${name} is ${baseUrl}.`,
    { advice: 'Set only one of them.' },
  );
}

/** @throws ConfigError where exported data would lie among the tables of the sync. */
function checkSchemas({ schema, exports_schema: exportsSchema }: Settings['database'], nameOf: NameOf): void {
  const taken = [schema, `${schema}_sync`, `${schema}_analytics`];
  if (!taken.includes(exportsSchema)) return;
  throw new ConfigError(
    `${nameOf('database.exports_schema')} is ${exportsSchema}, but the schemas ${new Intl.ListFormat('en-GB').format(taken)} belong to the sync.`,
    { advice: 'Give the exported data a schema of its own.' },
  );
}

const SHORTEST_PASSWORD = 12;
const SHORTEST_TOKEN = 16;

/** @throws ConfigError where the page would stand open to others, or behind a lock that can be guessed. */
function checkService(settings: Settings['service'], nameOf: NameOf): void {
  const { host, password, viewer_password: viewerPassword, token } = settings;
  for (const [name, value] of Object.entries({ password, viewer_password: viewerPassword }))
    if (value !== undefined && value.length < SHORTEST_PASSWORD)
      throw new ConfigError(
        `${nameOf(`service.${name}`)} must have at least ${SHORTEST_PASSWORD} characters.`,
      );
  if (viewerPassword !== undefined && viewerPassword === password)
    throw new ConfigError(`${nameOf('service.viewer_password')} must differ from service.password.`, {
      advice: 'Set another password for viewers.',
    });
  if (token !== undefined && token.length < SHORTEST_TOKEN)
    throw new ConfigError(`${nameOf('service.token')} must have at least ${SHORTEST_TOKEN} characters.`);
  if (isLoopback(host) || [password, viewerPassword, token].some((secret) => secret !== undefined)) return;
  throw new ConfigError(
    `${nameOf('service.host')} is ${host}, which others can reach, but neither service.password nor service.token is set.`,
    { advice: 'Set SIGMA_SYNC_PASSWORD (or SIGMA_SYNC_PASSWORD_FILE), or bind to 127.0.0.1.' },
  );
}
