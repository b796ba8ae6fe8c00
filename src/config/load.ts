/** Loads the configuration: built-in defaults < settings file < environment < options of the command line. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { ConfigError } from '../errors.ts';
import { normalizeBaseUrl } from './base-url.ts';
import { checkDatabaseUrl } from './database-url.ts';
import { explainIssues, type Origin } from './explain.ts';
import { REGIONS } from './regions.ts';
import {
  ALTERNATIVES,
  type Config,
  camelKeys,
  configSchema,
  type ExportConfig,
  type LogFormat,
  type LogLevel,
  type Settings,
} from './schema.ts';
import { readSecretFile } from './secret-file.ts';
import { holdsSecret, listed, nodeAt, SETTINGS } from './settings.ts';
import { mendSplitTypes } from './split-types.ts';
import { readSettingsFile, type SettingsFile } from './yaml-file.ts';

/** The settings file that is read where none is named and it exists. */
export const DEFAULT_FILE = 'config/sigma-sync.yaml';

/** E-mail addresses are few enough to be tried one by one: the key is all that protects their hashes. */
const SHORTEST_KEY = 16;

type Path = readonly PropertyKey[];

/** Where settings come from. */
export interface LoadOptions {
  /** Settings file, relative to `cwd`; default `config/sigma-sync.yaml`, if it exists. */
  readonly file?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Options of the command line; undefined = not given. */
  readonly overrides?: {
    readonly logLevel?: LogLevel | undefined;
    readonly logFormat?: LogFormat | undefined;
  };
}

/**
 * Loads and checks every setting. No message it throws repeats the value of a secret.
 *
 * @example const config = loadConfig({ env: process.env, cwd: process.cwd() });
 * @throws ConfigError that names the setting or variable, and the file and line it stands in.
 */
export function loadConfig(options: LoadOptions): Config {
  const { cwd } = options;
  const file = options.file ?? (existsSync(resolve(cwd, DEFAULT_FILE)) ? DEFAULT_FILE : undefined);
  const source = file === undefined ? undefined : readSettingsFile(file, cwd, options.env);
  const layers = new Layers(source, file);
  for (const { name, node } of SETTINGS) {
    const variable = node['x-env'];
    const value = variable === undefined ? undefined : options.env[variable]?.trim();
    if (variable === undefined || value === undefined) continue;
    // Compose files and CI pass unset variables on as empty ones; but an empty secret is a mistake, and an empty
    // DATABASE_URL would quietly load into the embedded database.
    if (value === '' && node['x-secret'] !== true) continue;
    layers.set(name, value, variable);
  }
  const { logLevel, logFormat } = options.overrides ?? {};
  if (logLevel !== undefined) layers.set('log.level', logLevel, '--log-level');
  if (logFormat !== undefined) layers.set('log.format', logFormat, '--log-format');
  const data = layers.merged();
  const parsed = configSchema.safeParse(data);
  if (!parsed.success) {
    throw new ConfigError(
      explainIssues(parsed.error.issues, data, (path) => layers.originOf(path)),
      { advice: 'docs/configuration.md describes every setting.' },
    );
  }
  return { ...complete(parsed.data, layers, cwd), file };
}

/** Reads secret files and checks URLs: what a schema alone can't. */
function complete(settings: Settings, layers: Layers, cwd: string): Omit<Config, 'file'> {
  const nameOf = (setting: string): string => layers.originOf(setting.split('.')).name;
  const { client_id_file: idFile, client_secret_file: secretFile, ...sigma } = settings.sigma;
  const { url_file: urlFile, ...database } = settings.database;
  if (idFile !== undefined) sigma.client_id = readSecretFile(idFile, cwd, nameOf('sigma.client_id_file'));
  if (secretFile !== undefined) {
    sigma.client_secret = readSecretFile(secretFile, cwd, nameOf('sigma.client_secret_file'));
  }
  const { key_file: keyFile, ...privacy } = settings.privacy;
  const keyName = nameOf(keyFile === undefined ? 'privacy.key' : 'privacy.key_file');
  if (keyFile !== undefined) privacy.key = readSecretFile(keyFile, cwd, keyName);
  if (privacy.key !== undefined && privacy.key.length < SHORTEST_KEY) {
    throw new ConfigError(`${keyName} must be a key of at least ${SHORTEST_KEY} characters.`, {
      advice: 'Make one with "openssl rand -hex 32" and keep it: with another key all hashes change.',
    });
  }
  let urlName = nameOf('database.url');
  if (urlFile !== undefined) {
    urlName = nameOf('database.url_file');
    database.url = readSecretFile(urlFile, cwd, urlName);
  }
  if (database.url !== undefined) checkDatabaseUrl(database.url, urlName);
  const regional = sigma.region === undefined ? undefined : REGIONS[sigma.region];
  if (sigma.base_url !== undefined) {
    const name = nameOf('sigma.base_url');
    sigma.base_url = normalizeBaseUrl(sigma.base_url, { name, allowHttp: sigma.allow_http });
    if (regional !== undefined && regional !== sigma.base_url) {
      throw new ConfigError(
        `${nameOf('sigma.region')} is ${sigma.region}, whose API is ${regional}, but ${name} is ${sigma.base_url}.`,
        { advice: 'Set only one of them.' },
      );
    }
  }
  const baseUrl = sigma.base_url ?? regional;
  const taken = [database.schema, `${database.schema}_sync`];
  if (taken.includes(database.exports_schema)) {
    throw new ConfigError(
      `${nameOf('database.exports_schema')} is ${database.exports_schema}, but the schemas ${taken.join(' and ')} belong to the sync.`,
      { advice: 'Give the exported data a schema of its own.' },
    );
  }
  return {
    ...camelKeys({ sync: settings.sync, history: settings.history, log: settings.log }),
    sigma: { ...camelKeys(sigma), ...(baseUrl === undefined ? {} : { baseUrl }) },
    privacy: camelKeys(privacy),
    exports: settings.exports.map((entry, index) => withTokens(entry, index, cwd, layers)),
    database: { ...camelKeys(database), directory: resolve(cwd, database.directory) },
  };
}

/** Puts the tokens of an export in place that stand in files. @throws ConfigError where one has no token, or two. */
function withTokens(
  { oauth_overrides: overrides, ...entry }: Settings['exports'][number],
  index: number,
  cwd: string,
  layers: Layers,
): ExportConfig {
  const tokens = overrides.map(({ connection, token, token_file: file }, number) => {
    const path = ['exports', index, 'oauth_overrides', number] as const;
    if (token !== undefined && file !== undefined)
      throw bothSet(layers, [...path, 'token'], [...path, 'token_file']);
    if (token !== undefined) return { connection, token };
    if (file !== undefined)
      return { connection, token: readSecretFile(file, cwd, `${path.join('.')}.token_file`) };
    throw new ConfigError(
      `${path.join('.')} has neither token nor token_file${layers.originOf(path).where}.`,
      {
        advice: 'Give the OAuth token of the connection, best in a variable of the environment or in a file.',
      },
    );
  });
  const parameters = Object.entries(entry.parameters).map(([control, value]) => [control, String(value)]);
  return { ...camelKeys(entry), parameters: Object.fromEntries(parameters), oauthOverrides: tokens };
}

function bothSet(layers: Layers, ...paths: [first: Path, second: Path]): ConfigError {
  const [one, two] = [layers.originOf(paths[0]), layers.originOf(paths[1])];
  return new ConfigError(`${one.name} and ${two.name} are both set${two.where}.`, {
    advice: 'Keep one of them.',
  });
}

/** Values by dotted name with their origins. */
class Layers {
  readonly #file: SettingsFile | undefined;
  readonly #fileName: string | undefined;
  /** What came after the file, by dotted name. */
  readonly #later = new Map<string, { value: string; origin: string }>();

  constructor(file: SettingsFile | undefined, fileName: string | undefined) {
    this.#file = file;
    this.#fileName = fileName;
  }

  set(name: string, value: string, origin: string): void {
    this.#later.set(name, { value, origin });
  }

  originOf(path: Path): Origin {
    const name = path.join('.');
    const secret = holdsSecret(nodeAt(path));
    const later = this.#later.get(name);
    if (later !== undefined) return { name: later.origin, where: '', hidden: secret };
    // What an entry lacks has no line, but the entry has.
    const line = this.#file?.lineOf(path) ?? this.#file?.lineOf(path.slice(0, -1));
    return {
      name,
      where: line === undefined ? '' : ` (${this.#fileName} line ${line})`,
      hidden: secret || this.#file?.isSubstituted(path) === true,
    };
  }

  /** All layers in one object. @throws ConfigError where a source sets a secret and its file at once. */
  merged(): Record<string, unknown> {
    // A section without content is null in YAML: nothing is set.
    const data = Object.fromEntries(
      Object.entries(this.#file?.data ?? {}).map(([key, value]) => [key, value ?? nothing(key)]),
    );
    const inFile = (name: string): boolean => valueAt(data, name) !== undefined;
    for (const [first, second] of ALTERNATIVES) {
      const replaced = this.#later.has(first) || this.#later.has(second);
      const both = replaced
        ? this.#later.has(first) && this.#later.has(second)
        : inFile(first) && inFile(second);
      // Region and base URL may agree; a secret and its file can't.
      if (both && first !== 'sigma.region') {
        throw bothSet(this, first.split('.'), second.split('.'));
      }
      if (replaced) for (const name of [first, second]) assign(data, name, undefined);
    }
    for (const [name, { value }] of this.#later) assign(data, name, value);
    return { ...data, ...('exports' in data ? { exports: mendSplitTypes(data['exports']) } : {}) };
  }
}

/** What a section without content means. */
function nothing(section: string): object {
  return listed(nodeAt([section])) === undefined ? {} : [];
}

function valueAt(data: Record<string, unknown>, name: string): unknown {
  const [section = '', key = ''] = name.split('.');
  const group = data[section];
  return isGroup(group) ? group[key] : undefined;
}

/** Sets or (undefined) removes `section.key`; a section of a wrong kind is left for validation to report. */
function assign(data: Record<string, unknown>, name: string, value: string | undefined): void {
  const [section = '', key = ''] = name.split('.');
  const group = data[section] ?? {};
  if (!isGroup(group)) return;
  const { [key]: _, ...rest } = group;
  data[section] = value === undefined ? rest : { ...rest, [key]: value };
}

function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
