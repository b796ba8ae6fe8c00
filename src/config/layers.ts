/** Settings by where they come from: a file, the environment, the command line. */
import { ConfigError } from '../core/errors.ts';
import { isPlainObject } from '../core/plain-object.ts';
import type { Origin } from './explain.ts';
import { ALTERNATIVES } from './schema.ts';
import { holdsSecret, listed, nodeAt } from './settings.ts';
import type { SettingsFile } from './yaml-file.ts';

export type Path = readonly PropertyKey[];

/** Values by dotted name with their origins. */
export class Layers {
  readonly #file: SettingsFile | undefined;
  readonly #fileName: string | undefined;
  /** Values from sources after the file, by dotted name. */
  readonly #later = new Map<string, { value: string | number | boolean; origin: string }>();

  constructor(file: SettingsFile | undefined, fileName: string | undefined) {
    this.#file = file;
    this.#fileName = fileName;
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

  /** All layers in one object, without the settings of the file that are `dropped`. @throws ConfigError where a source sets a secret and its file at once. */
  merged(dropped: readonly string[] = []): Record<string, unknown> {
    // A section without content is null in YAML: nothing is set.
    const data = Object.fromEntries(
      Object.entries(this.#file?.data ?? {}).map(([key, value]) => [key, value ?? nothing(key)]),
    );
    for (const name of dropped) assign(data, name, undefined);
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

/** Keys that people choose, such as names of columns, may be of any length. */
function bounded(key: PropertyKey): string {
  const text = String(key);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** The meaning of a section without content; undefined = its default. */
function nothing(section: string): object | undefined {
  return listed(nodeAt([section])) === undefined ? {} : undefined;
}

function valueAt(data: Record<string, unknown>, name: string): unknown {
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
