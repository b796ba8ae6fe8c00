/** The organizations of the settings: a list in the file, or a folder with a file each. */
import { readdirSync } from 'node:fs';
import { join, parse, resolve } from 'node:path';
import { ConfigError } from '../core/errors.ts';
import { complete, parseLayers } from './complete.ts';
import { explainIssues, type Origin } from './explain.ts';
import { type OrganizationConfig, sharedSchemas } from './fleet.ts';
import { bothSet, type Layers, type OrganizationLayer, type Path } from './layers.ts';
import { ORGANIZATION_NAME, ORGANIZATION_NAME_WANTED, organization } from './organization-schema.ts';
import type { Config, Settings } from './schema.ts';
import { readSettingsFile } from './yaml-file.ts';

interface Places {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * The configuration of each organization, by name.
 *
 * @throws ConfigError that names the organization, and the file and line; where two of them would get in each other's way.
 */
export function organizationsOf(
  base: Config,
  settings: Settings,
  layers: Layers,
  places: Places,
): readonly OrganizationConfig[] {
  const entries = entriesOf(settings, layers, places);
  checkNames(entries);
  const organizations = entries.map((entry): OrganizationConfig => {
    const own = layers.over(withSchemas(entry, base));
    const config = { ...complete(parseLayers(own), own, places), file: base.file };
    checkOrigin(entry, config, base);
    return { name: entry.name, config };
  });
  organizations.sort((a, b) => (a.name < b.name ? -1 : 1));
  checkSchemas(organizations, base);
  checkCredentials(organizations);
  return organizations;
}

function entriesOf(settings: Settings, layers: Layers, places: Places): OrganizationLayer[] {
  const { organizations, organizations_folder: folder } = settings;
  if (organizations !== undefined && folder !== undefined)
    throw bothSet(layers, ['organizations'], ['organizations_folder']);
  if (folder !== undefined) return entriesInFolder(folder, layers, places);
  return (organizations ?? []).map(({ name, ...data }, index): OrganizationLayer => {
    const originOf = (path: Path): Origin => layers.originOf(['organizations', index, ...path]);
    return { name, data: withoutEmpty(data), originOf };
  });
}

/** One file each, named as the organization; other files of the folder are none of ours. */
function entriesInFolder(folder: string, layers: Layers, { cwd, env }: Places): OrganizationLayer[] {
  const { where } = layers.originOf(['organizations_folder']);
  const files = filesOf(folder, cwd, where);
  if (files.length === 0) {
    throw new ConfigError(
      `organizations_folder names ${folder}, which has no file that ends with .yaml${where}.`,
      {
        advice: 'Add a file for each organization, such as acme.yaml, or take the setting out.',
      },
    );
  }
  return files.map((file): OrganizationLayer => {
    const path = join(folder, file);
    const source = readSettingsFile(path, cwd, env);
    const { name } = parse(file);
    const originOf = (setting: Path): Origin => {
      const line = source.lineOf(setting) ?? source.lineOf(setting.slice(0, -1));
      return {
        name: setting.join('.'),
        where: ` (${path}${line === undefined ? '' : ` line ${line}`})`,
        hidden: source.isSubstituted(setting),
      };
    };
    const data = withoutEmpty(source.data);
    const parsed = organization.omit({ name: true }).safeParse(data);
    if (!parsed.success) {
      throw new ConfigError(explainIssues(parsed.error.issues, data, originOf), {
        advice: 'docs/fleet.md says what an organization can set by itself.',
      });
    }
    return { name, data, originOf };
  });
}

function filesOf(folder: string, cwd: string, where: string): readonly string[] {
  try {
    return readdirSync(resolve(cwd, folder))
      .filter((file) => /^[^.].*\.ya?ml$/.test(file))
      .sort();
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new ConfigError(
      `organizations_folder names ${folder}, which could not be read: ${reason}${where}.`,
      {
        cause: error,
        advice: 'Make the folder, relative to the working directory, or name another.',
      },
    );
  }
}

/** Groups without content are null in YAML: nothing is set. */
function withoutEmpty(data: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(data).filter(([, value]) => value !== null && value !== undefined),
  );
}

/** An organization without schemas of its own settings gets its own all the same. */
function withSchemas(entry: OrganizationLayer, { database }: Config): OrganizationLayer {
  const own = {
    schema: `${database.schema}_${entry.name}`,
    exports_schema: `${database.exportsSchema}_${entry.name}`,
  };
  const given = entry.data['database'];
  return {
    ...entry,
    data: { ...entry.data, database: { ...own, ...(typeof given === 'object' ? given : {}) } },
  };
}

function checkNames(entries: readonly OrganizationLayer[]): void {
  const seen = new Set<string>();
  for (const { name, originOf } of entries) {
    const { where } = originOf([]);
    if (!ORGANIZATION_NAME.test(name)) {
      throw new ConfigError(
        `An organization has the name ${JSON.stringify(name)}, but it must be ${ORGANIZATION_NAME_WANTED}${where}.`,
        { advice: 'It becomes a part of the names of schemas.' },
      );
    }
    if (seen.has(name)) {
      throw new ConfigError(`Two organizations have the name ${name}${where}.`, {
        advice: 'Give one of them another name, or take it out.',
      });
    }
    seen.add(name);
  }
}

/** @throws ConfigError where two would write to one schema */
function checkSchemas(organizations: readonly OrganizationConfig[], base: Config): void {
  if (organizations.length === 0) return;
  const { together, queue } = sharedSchemas(base.database.schema);
  const taken = new Map([
    [together, 'the views over all organizations'],
    [queue, 'the queue of the workers'],
  ]);
  for (const { name, config } of organizations) {
    const { schema, exportsSchema } = config.database;
    for (const one of [schema, `${schema}_sync`, `${schema}_analytics`, exportsSchema]) {
      const other = taken.get(one);
      if (other !== undefined) {
        throw new ConfigError(`The schema ${one} would be that of organization ${name} and of ${other}.`, {
          advice: `Give ${name} another name, or other schemas with database.schema and database.exports_schema in its entry.`,
        });
      }
      taken.set(one, `organization ${name}`);
    }
  }
}

/**
 * A secret is for the organization that it was given for: that of the top goes with the id and to the API of the top.
 *
 * @throws ConfigError
 */
function checkOrigin({ name, data, originOf }: OrganizationLayer, { sigma }: Config, base: Config): void {
  const given = typeof data['sigma'] === 'object' && data['sigma'] !== null ? data['sigma'] : {};
  const has = (...keys: readonly string[]): boolean =>
    keys.some((key) => Reflect.get(given, key) !== undefined);
  const { where } = originOf(['sigma']);
  const hasId = has('client_id', 'client_id_file');
  const hasSecret = has('client_secret', 'client_secret_file');
  const lacks = hasId ? 'client_secret' : 'client_id';
  const fromTop = hasId ? base.sigma.clientSecret : base.sigma.clientId;
  if (hasId !== hasSecret && fromTop !== undefined) {
    throw new ConfigError(
      `Organization ${name} has ${hasId ? 'a client id' : 'a client secret'} of its own, but sigma.${lacks} is that of all${where}.`,
      { advice: `Set sigma.${lacks} or sigma.${lacks}_file in its entry, too.` },
    );
  }
  const isElsewhere = base.sigma.baseUrl !== undefined && sigma.baseUrl !== base.sigma.baseUrl;
  if (hasSecret || base.sigma.clientSecret === undefined || !isElsewhere) return;
  throw new ConfigError(
    `Organization ${name} has an API of its own, but the client secret that goes there would be that of ${new URL(base.sigma.baseUrl).host}${where}.`,
    { advice: 'Set sigma.client_id and sigma.client_secret, or their files, in its entry.' },
  );
}

/** @throws ConfigError where two have the credentials of one organization: everything would be there twice */
function checkCredentials(organizations: readonly OrganizationConfig[]): void {
  const taken = new Map<string, string>();
  for (const { name, config } of organizations) {
    const { baseUrl, clientId } = config.sigma;
    if (clientId === undefined) continue;
    const key = JSON.stringify([baseUrl, clientId]);
    const other = taken.get(key);
    if (other !== undefined) {
      throw new ConfigError(`Organizations ${other} and ${name} have the same credentials.`, {
        advice:
          'Give each entry the client id and secret of its own organization: those of the top level and of SIGMA_CLIENT_ID are for entries that have none.',
      });
    }
    taken.set(key, name);
  }
}
