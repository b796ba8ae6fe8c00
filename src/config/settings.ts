/** The schema seen as a flat list of settings, for the environment, error messages and generated documents. */
import { z } from 'zod';
import { editDistance, plain } from '../core/nearest.ts';
import { configSchema } from './schema.ts';

/** A node of the JSON Schema, as far as we read it. */
export interface SchemaNode {
  type?: string | string[];
  description?: string;
  default?: unknown;
  examples?: unknown[];
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  properties?: Record<string, SchemaNode>;
  /** Schema of the entries of a list. */
  items?: SchemaNode;
  /** Schema of the values of a map; false if there are no other keys. */
  additionalProperties?: SchemaNode | boolean;
  allOf?: { $ref: string }[];
  'x-env'?: string;
  'x-secret'?: boolean;
  'x-wanted'?: string;
}

export interface Setting {
  /** Its keys from the top, e.g. `['sigma', 'page_size']`; `[]` stands for any entry of a list. */
  readonly path: readonly string[];
  /** The same with dots, e.g. `sigma.page_size` or `exports[].name`. */
  readonly name: string;
  readonly node: SchemaNode;
}

/** JSON Schema (draft 7, which editors know best) of the settings file. */
export function jsonSchema(): SchemaNode {
  const schema = z.toJSONSchema(configSchema, { io: 'input', target: 'draft-7' }) as SchemaNode;
  // A section whose settings are all commented out is null in YAML, and we accept that.
  for (const section of Object.values(schema.properties ?? {})) {
    if (section.type === 'string') continue;
    section.type = [section.items === undefined ? 'object' : 'array', 'null'];
  }
  return schema;
}

const ROOT = jsonSchema();

/** Every setting, in the order of the schema. */
export const SETTINGS: readonly Setting[] = flatten(ROOT, []);

/** The schema of a path, a section's or an entry's included; undefined where there is none, as in lists of text. */
export function nodeAt(path: readonly PropertyKey[]): SchemaNode | undefined {
  let node: SchemaNode | undefined = ROOT;
  // An organization's own groups are declared at the top.
  const [list, , group] = path;
  const isOwn = list === 'organizations' && group !== undefined && group !== 'name';
  for (const key of isOwn ? path.slice(2) : path) {
    const entry: SchemaNode | undefined = listed(node);
    const inner: Record<string, SchemaNode> = node?.properties ?? {};
    if (entry !== undefined) node = /^(\d+|\[\])$/.test(String(key)) ? entry : undefined;
    else node = Object.hasOwn(inner, String(key)) ? inner[String(key)] : undefined;
  }
  return node;
}

/** The group of settings that each entry of a list is; undefined for other lists and what is no list. */
export function listed(node: SchemaNode | undefined): SchemaNode | undefined {
  return node?.items?.properties === undefined ? undefined : node.items;
}

/** True where a value at this path may be text, be it of a setting, of a list or of a map. */
export function takesText(path: readonly PropertyKey[]): boolean {
  const parent = nodeAt(path.slice(0, -1));
  const values = parent?.additionalProperties;
  const node = nodeAt(path) ?? parent?.items ?? (typeof values === 'object' ? values : undefined);
  return [node?.type].flat().includes('string');
}

/** True where the setting is a secret or a group or list with one in it. */
export function holdsSecret(node: SchemaNode | undefined): boolean {
  if (node === undefined) return false;
  if (node['x-secret'] === true) return true;
  return [...Object.values(node.properties ?? {}), ...(node.items ? [node.items] : [])].some(holdsSecret);
}

/** Completes "must be …" for a setting. */
export function wanted(node: SchemaNode | undefined): string {
  if (node?.['x-wanted'] !== undefined) return node['x-wanted'];
  if (node?.enum !== undefined) return `one of ${node.enum.join(', ')}`;
  switch (node?.type) {
    case 'integer':
      return `a whole number ${range(node)}`;
    case 'number':
      return `a number ${range(node)}`;
    case 'boolean':
      return 'true or false';
    case 'string':
      return 'text';
    default:
      return 'a group of settings';
  }
}

/** The known name nearest to a mistyped one, with its path; undefined where none is near. */
export function nearestSetting(path: readonly string[]): string | undefined {
  const [parent, key = ''] = [path.slice(0, -1), path.at(-1)];
  const siblings = Object.keys(nodeAt(parent)?.properties ?? {}).map((name) => [...parent, name].join('.'));
  const elsewhere = SETTINGS.map((setting) => setting.name);
  for (const candidates of [siblings, elsewhere]) {
    const ranked = candidates
      .map((name) => ({ name, distance: editDistance(plain(key), plain(name.split('.').at(-1) ?? '')) }))
      .sort((a, b) => a.distance - b.distance);
    const limit = candidates === siblings ? Math.max(1, Math.floor(key.length / 3)) : 0;
    const best = ranked[0];
    if (best !== undefined && best.distance <= limit) return best.name;
  }
  return undefined;
}

function flatten(node: SchemaNode, path: readonly string[]): Setting[] {
  const entry = listed(node);
  if (entry !== undefined) return flatten(entry, [...path, '[]']);
  if (node.properties === undefined) return [{ path, name: path.join('.').replaceAll('.[]', '[]'), node }];
  return Object.entries(node.properties).flatMap(([key, inner]) => flatten(inner, [...path, key]));
}

function range({ minimum, maximum }: SchemaNode): string {
  // JSON Schema bounds an unlimited integer by the largest safe one, which would tell nobody anything.
  const limited = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER;
  return limited ? `from ${minimum ?? 0} to ${maximum}` : `of at least ${minimum ?? 0}`;
}
