/** Settings by where they come from: a file, the environment, the command line. */
import { ConfigError } from '../core/errors.ts';
import { isPlainObject } from '../core/plain-object.ts';
import type { Origin } from './explain.ts';
import { ALTERNATIVES } from './schema.ts';
import { holdsSecret, listed, nodeAt } from './settings.ts';
import type { SettingsFile } from './yaml-file.ts';

export type Path = readonly PropertyKey[];

/** The settings of one organization of several, over those of all. */
export interface OrganizationLayer {
  readonly name: string;
  /** Its groups as they are written. */
  readonly data: Readonly<Record<string, unknown>>;
  /** The file and line, or the variable, of a setting. */
  originOf(path: Path): Origin;
}

/** Values by dotted name with their origins. */
export class Layers {
  readonly #file: SettingsFile | undefined;
  readonly #fileName: string | undefined;
  /** Values from sources after the file, by dotted name. */
  readonly #later = new Map<string, { value: string | number | boolean; origin: string }>();
  readonly #organization: OrganizationLayer | undefined;
  /** Settings of the file that count for nothing. */
  #dropped: readonly string[] = [];

  constructor(
    file: SettingsFile | undefined,
    fileName: string | undefined,
    organization?: OrganizationLayer,
  ) {
    this.#file = file;
    this.#fileName = fileName;
    this.#organization = organization;
  }

  /** The same with the settings of one organization over them. */
  over(organization: OrganizationLayer): Layers {
    const layers = new Layers(this.#file, this.#fileName, organization);
    for (const [name, { value, origin }] of this.#later) layers.set(name, value, origin);
    layers.drop(this.#dropped);
    return layers;
  }

  /** Leaves settings of the file out. */
  drop(names: readonly string[]): void {
    this.#dropped = names;
  }

  set(name: string, value: string | number | boolean, origin: string): void {
    this.#later.set(name, { value, origin });
  }

  /** True where a source sets it, and not the default alone. */
  isSet(section: string, key: string): boolean {
    const group = this.#file?.data[section];
    return this.#later.has(`${section}.${key}`) || (isPlainObject(group) && group[key] !== undefined);
  }

  originOf(path: Path): Origin {
    const name = path.map(bounded).join('.');
    const secret = holdsSecret(nodeAt(path));
    const organization = this.#organization;
    if (organization !== undefined && isOf(organization.data, path)) {
      const { where, hidden } = organization.originOf(path);
      const owner = ` of organization ${organization.name}`;
      return { name: `${name}${owner}`, owner, where, hidden: secret || hidden };
    }
    const later = this.#later.get(name);
    if (later !== undefined) return { name: later.origin, where: '', hidden: secret };
    // A missing setting has no line, but its entry has.
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
    for (const name of this.#dropped) assign(data, name, undefined);
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
    const all = this.#organization === undefined ? data : this.#overlaid(data, this.#organization.data);
    return { ...all, ...('exports' in all ? { exports: mendSplitTypes(all['exports']) } : {}) };
  }

  #overlaid(data: Record<string, unknown>, own: OrganizationLayer['data']): Record<string, unknown> {
    for (const [first, second] of ALTERNATIVES) {
      const set = [first, second].filter((name) => valueAt(own, name) !== undefined);
      if (set.length > 1 && first !== 'sigma.region')
        throw bothSet(this, first.split('.'), second.split('.'));
      if (set.length > 0) for (const name of [first, second]) assign(data, name, undefined);
    }
    const { organizations: _, organizations_folder: __, ...shared } = data;
    return { ...shared, ...merge(shared, own) };
  }
}

/** Groups are merged, at every depth; lists and values take the place of others. */
function merge(
  below: Readonly<Record<string, unknown>>,
  above: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const merged = Object.entries(above).map(([key, value]): [string, unknown] => {
    const other = below[key];
    return [key, isPlainObject(other) && isPlainObject(value) ? merge(other, value) : value];
  });
  return { ...below, ...Object.fromEntries(merged) };
}

/** True where an organization sets it by itself; what an entry of its lists lacks is its own, too. */
function isOf(data: Readonly<Record<string, unknown>>, path: Path): boolean {
  let value: unknown = data;
  let inList = false;
  for (const key of path) {
    inList ||= Array.isArray(value);
    if (typeof value !== 'object' || value === null) return false;
    if (!Object.hasOwn(value, key)) return inList;
    value = Reflect.get(value, key);
  }
  return path.length > 0;
}

/** Keys that people choose, such as names of columns, may be of any length. */
function bounded(key: PropertyKey): string {
  const text = String(key);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** The meaning of a section without content; undefined = its default. */
function nothing(section: string): object | undefined {
  return listed(nodeAt([section])) === undefined ? {} : undefined;
}

function valueAt(data: Readonly<Record<string, unknown>>, name: string): unknown {
  const [section = '', key = ''] = name.split('.');
  const group = data[section];
  return isPlainObject(group) ? group[key] : undefined;
}

/** Sets or (undefined) removes `section.key`; a section of a wrong kind is left for validation to report. */
function assign(
  data: Record<string, unknown>,
  name: string,
  value: string | number | boolean | undefined,
): void {
  const [section = '', key = ''] = name.split('.');
  const group = data[section] ?? {};
  if (!isPlainObject(group)) return;
  const { [key]: _, ...rest } = group;
  data[section] = value === undefined ? rest : { ...rest, [key]: value };
}

/** Two settings of which only one may be set. */
export function bothSet(layers: Layers, ...paths: [first: Path, second: Path]): ConfigError {
  const [one, two] = [layers.originOf(paths[0]), layers.originOf(paths[1])];
  return new ConfigError(`${one.name} and ${two.name} are both set${two.where}.`, {
    advice: 'Keep one of them.',
  });
}

/**
 * Mends `types: { Amount: numeric(18,2) }`. Between braces a comma ends a value in YAML, so this reads as the type
 * `numeric(18` and a column `2)` without one; nothing else can be meant.
 */
function mendSplitTypes(exports: unknown): unknown {
  if (!Array.isArray(exports)) return exports;
  return exports.map((entry: unknown) =>
    isPlainObject(entry) && isPlainObject(entry['types'])
      ? { ...entry, types: mended(entry['types']) }
      : entry,
  );
}

function mended(types: Record<string, unknown>): Record<string, unknown> {
  const result = new Map<string, unknown>();
  let open: string | undefined;
  for (const [label, type] of Object.entries(types)) {
    const first = open === undefined ? undefined : result.get(open);
    if (open !== undefined && type === null && /^\d+ ?\)/.test(label)) result.set(open, `${first},${label}`);
    else result.set(label, type);
    open = typeof type === 'string' && /\(\d+$/.test(type) ? label : undefined;
  }
  return Object.fromEntries(result);
}
