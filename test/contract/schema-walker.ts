/**
 * Checks a value against the JSON Schema dialect of the vendor's specification (OpenAPI 3.1). A keyword it does
 * not know is an error: nothing passes for want of understanding.
 */

export type Json = Readonly<Record<string, unknown>>;

const ANNOTATIONS = ['title', 'description', 'default', 'example', 'examples', 'deprecated'];

/** The faults of `value`, one line each; empty where there are none. */
export function mismatches(root: Json, schema: unknown, value: unknown, at = '$'): string[] {
  const found: string[] = [];
  for (const [keyword, rule] of Object.entries(asObject(schema))) {
    if (ANNOTATIONS.includes(keyword)) continue;
    const check = KEYWORDS[keyword];
    if (check === undefined) throw new Error(`${at}: the keyword ${keyword} is not known`);
    found.push(...check(rule, value, { root, schema: asObject(schema), at }));
  }
  return found;
}

interface Place {
  readonly root: Json;
  readonly schema: Json;
  readonly at: string;
}

type Check = (rule: unknown, value: unknown, place: Place) => string[];

const KEYWORDS: Readonly<Record<string, Check>> = {
  $ref: (rule, value, { root, at }) => mismatches(root, resolve(root, String(rule)), value, at),
  type: (rule, value, { schema, at }) => {
    const types = Array.isArray(rule) ? rule : [rule];
    const fits = types.includes(typeOf(value)) || (typeOf(value) === 'integer' && types.includes('number'));
    return fits || (value === null && schema['nullable'] === true)
      ? []
      : [`${at} is ${typeOf(value)}, not ${types.join(' or ')}`];
  },
  nullable: () => [],
  enum: (rule, value, { schema, at }) =>
    asArray(rule).includes(value) || (value === null && allowsNull(schema))
      ? []
      : [`${at} is ${JSON.stringify(value)}, not one of ${JSON.stringify(rule)}`],
  format: (rule, value, { at }) => {
    if (rule !== 'date-time') throw new Error(`${at}: the format ${rule} is not known`);
    const fits = typeof value !== 'string' || /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value);
    return fits ? [] : [`${at} is no date-time: ${value}`];
  },
  required: (rule, value, { at }) =>
    isObject(value)
      ? asArray(rule).flatMap((key) => (String(key) in value ? [] : [`${at}.${key} is missing`]))
      : [],
  properties: (rule, value, { root, at }) =>
    isObject(value)
      ? Object.entries(asObject(rule)).flatMap(([key, schema]) =>
          key in value ? mismatches(root, schema, value[key], `${at}.${key}`) : [],
        )
      : [],
  additionalProperties: (rule, value, { root, schema, at }) => {
    const known = Object.keys(asObject(schema['properties'] ?? {}));
    const others = isObject(value) ? Object.entries(value).filter(([key]) => !known.includes(key)) : [];
    if (rule === true) return [];
    if (rule === false) return others.map(([key]) => `${at}.${key} is not expected`);
    return others.flatMap(([key, one]) => mismatches(root, rule, one, `${at}.${key}`));
  },
  items: (rule, value, { root, at }) =>
    Array.isArray(value) ? value.flatMap((one, i) => mismatches(root, rule, one, `${at}[${i}]`)) : [],
  minItems: (rule, value, { at }) =>
    Array.isArray(value) && value.length < Number(rule) ? [`${at} has fewer than ${rule} items`] : [],
  maxItems: (rule, value, { at }) =>
    Array.isArray(value) && value.length > Number(rule) ? [`${at} has more than ${rule} items`] : [],
  allOf: (rule, value, { root, at }) =>
    asArray(rule).flatMap((schema) => mismatches(root, schema, value, at)),
  anyOf: anyOf,
  // The specification's alternatives overlap (`view` is a permission of inodes and of version tags), so that
  // "exactly one" could not be met.
  oneOf: anyOf,
};

function anyOf(rule: unknown, value: unknown, { root, at }: Place): string[] {
  const attempts = asArray(rule).map((schema) => mismatches(root, schema, value, at));
  if (attempts.some((attempt) => attempt.length === 0)) return [];
  const nearest = attempts.toSorted((a, b) => a.length - b.length)[0] ?? [];
  return [`${at} fits none of ${attempts.length} alternatives`, ...nearest];
}

/** Names of all properties a schema speaks of for an object, in all its parts and alternatives. */
export function documented(root: Json, schema: unknown): Set<string> {
  const { $ref, properties, allOf, oneOf, anyOf } = asObject(schema);
  const parts = [allOf, oneOf, anyOf].flatMap((list) => asArray(list ?? []));
  if (typeof $ref === 'string') parts.push(resolve(root, $ref));
  const names = new Set(Object.keys(asObject(properties ?? {})));
  for (const part of parts) for (const name of documented(root, part)) names.add(name);
  return names;
}

/** Follows a reference; the specification writes some of them without the slash. */
export function resolve(root: Json, ref: string): unknown {
  let at: unknown = root;
  for (const part of ref.replace(/^#\/?/, '').split('/')) at = asObject(at)[part];
  if (at === undefined) throw new Error(`${ref} leads nowhere`);
  return at;
}

function allowsNull({ type, nullable }: Json): boolean {
  return nullable === true || type === 'null' || (Array.isArray(type) && type.includes('null'));
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function asObject(value: unknown): Json {
  if (!isObject(value)) throw new Error(`not an object: ${JSON.stringify(value)}`);
  return value;
}

function asArray(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error(`not an array: ${JSON.stringify(value)}`);
  return value;
}
