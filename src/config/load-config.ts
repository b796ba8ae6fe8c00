/** Loads the configuration: built-in defaults < settings file < environment < options of the command line. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { ConfigError } from '../core/errors.ts';
import type { LogFormat, LogLevel } from '../core/logging/log-words.ts';
import { suggestion } from '../core/nearest.ts';
import { checkProxies, complete, parseLayers } from './complete.ts';
import { DEFAULT_FILE } from './default-file.ts';
import { type FleetConfig, type OrganizationConfig, sharedSchemas } from './fleet.ts';
import { Layers } from './layers.ts';
import { organizationsOf } from './organizations.ts';
import type { Config } from './schema.ts';
import { SETTINGS } from './settings.ts';
import { readSettingsFile } from './yaml-file.ts';

/** The sources of settings. */
export interface LoadOptions {
  /** Settings file, relative to `cwd`; default `config/sigma-sync.yaml`, if it exists. */
  readonly file?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Options of the command line; undefined = not given. */
  readonly overrides?: {
    readonly logLevel?: LogLevel | undefined;
    readonly logFormat?: LogFormat | undefined;
    /** Folder of the embedded database, which is then used instead of a server. */
    readonly directory?: string | undefined;
  };
}

/**
 * Loads and checks every setting of one organization. No message it throws repeats the value of a secret.
 *
 * @example const config = loadConfig({ env: process.env, cwd: process.cwd() });
 * @param organization its name, where the settings have several.
 * @throws ConfigError that names the setting or variable, and the file and line it stands in.
 */
export function loadConfig(options: LoadOptions & { readonly organization?: string | undefined }): Config {
  const fleet = loadFleet(options);
  const { organization } = options;
  if (organization !== undefined) return organizationNamed(fleet, organization).config;
  const [only, ...others] = fleet.organizations;
  if (others.length > 0) {
    throw new ConfigError('These settings have several organizations, and this works on one.', {
      advice: `Name one of ${namesOf(fleet)}.`,
    });
  }
  return only?.config ?? fleet.base;
}

/**
 * Loads and checks every setting of all organizations; without `organizations` there is the base alone, which is then
 * the configuration of the one organization.
 *
 * @throws ConfigError that names the setting or variable, and the file and line it stands in.
 */
export function loadFleet(options: LoadOptions): FleetConfig {
  const { cwd, env } = options;
  const file = options.file ?? (existsSync(resolve(cwd, DEFAULT_FILE)) ? DEFAULT_FILE : undefined);
  const layers = layersOf(options, file);
  const settings = parseLayers(layers);
  checkProxies(env);
  const base: Config = { ...complete(settings, layers, options), file };
  return {
    ...{ base, ...sharedSchemas(base.database.schema) },
    organizations: organizationsOf(base, settings, layers, options),
  };
}

/** The organization of a name. @throws ConfigError that says which there are */
export function organizationNamed(fleet: FleetConfig, name: string): OrganizationConfig {
  const found = fleet.organizations.find((one) => one.name === name);
  if (found !== undefined) return found;
  const names = fleet.organizations.map((one) => one.name);
  throw new ConfigError(
    `There is no organization ${JSON.stringify(name)} in the settings.${suggestion(names, name)}`,
    {
      advice:
        names.length === 0
          ? 'The settings have one organization, which needs no name.'
          : 'Add it to organizations, or name another.',
    },
  );
}

/** The names of all organizations, as a message lists them. */
export function namesOf({ organizations }: FleetConfig): string {
  const names = organizations.map(({ name }) => name);
  return names.length > 20 ? `${names.slice(0, 20).join(', ')} …` : names.join(', ');
}

/** The sources one over the other. @throws ConfigError */
function layersOf({ cwd, env, overrides }: LoadOptions, file: string | undefined): Layers {
  const layers = new Layers(file === undefined ? undefined : readSettingsFile(file, cwd, env), file);
  const { logLevel, logFormat, directory } = overrides ?? {};
  const dropped = directory === undefined ? [] : ['database.url', 'database.url_file'];
  layers.drop(dropped);
  for (const { name, node } of SETTINGS) {
    if (dropped.includes(name)) continue;
    const variable = node['x-env'];
    const value = variable === undefined ? undefined : env[variable]?.trim();
    if (variable === undefined || value === undefined) continue;
    // Compose files and CI pass unset variables on as empty ones; but an empty secret is a mistake, and an empty
    // DATABASE_URL would quietly load into the embedded database.
    if (value === '' && node['x-secret'] !== true) continue;
    layers.set(name, meant(value, String(node.type)), variable);
  }
  if (logLevel !== undefined) layers.set('log.level', logLevel, '--log-level');
  if (logFormat !== undefined) layers.set('log.format', logFormat, '--log-format');
  if (directory !== undefined) layers.set('database.directory', directory, '--directory');
  return layers;
}

/** A variable is text; what is to be a number, or true or false, and looks like that is meant as that. */
function meant(value: string, type: string): string | number | boolean {
  if (['integer', 'number'].includes(type) && /^\d+(\.\d+)?$/.test(value)) return Number(value);
  if (type === 'boolean' && /^(true|false)$/i.test(value)) return value.toLowerCase() === 'true';
  return value;
}
