/** From the keys of the settings file to those of the program. */

type CamelCase<S> = S extends `${infer A}_${infer B}` ? `${A}${Capitalize<CamelCase<B>>}` : S;

/** A type with the keys of its objects in camelCase instead of snake_case, at every depth. */
export type CamelKeys<T> = T extends readonly (infer Item)[]
  ? readonly CamelKeys<Item>[]
  : T extends object
    ? { readonly [K in keyof T as CamelCase<K>]: CamelKeys<T[K]> }
    : T;

/** Settings whose keys are names of streams, columns or controls and not of settings. */
const MAPS: ReadonlySet<string> = new Set([
  'refresh_days_by_stream',
  'hours_by_stream',
  'columns',
  'types',
  'parameters',
  'hide',
]);

/** Renames the keys of plain objects from snake_case to camelCase, at every depth. */
export function camelKeys<T>(value: T): CamelKeys<T> {
  if (Array.isArray(value)) return value.map((item: unknown) => camelKeys(item)) as CamelKeys<T>;
  if (typeof value !== 'object' || value === null) return value as CamelKeys<T>;
  const entries = Object.entries(value).map(([key, inner]) => [
    key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    MAPS.has(key) ? inner : camelKeys(inner),
  ]);
  return Object.fromEntries(entries) as CamelKeys<T>;
}
