/** The settings in force as the file would have them, without a single secret. */
import { stringify } from 'yaml';
import type { Config } from '../../../config/schema.ts';
import { jsonSchema, listed, type SchemaNode } from '../../../config/settings.ts';
import { REDACTED } from '../../../core/logging/redact.ts';

/** The settings as YAML, in the order of the schema. Values that the schema does not know are left out. */
export function configYaml(config: Config): string {
  const text = stringify(inForce(jsonSchema(), config), { lineWidth: 0 });
  // It would be a list to YAML, so it stands in quotes; people know it without.
  return text.replaceAll(JSON.stringify(REDACTED), REDACTED);
}

/** The value of a node: settings by their own names, secrets hidden, what is not set left out. */
export function inForce(node: SchemaNode, value: unknown): unknown {
  if (value === undefined || value === null) return undefined;
  if (node['x-secret'] === true) return REDACTED;
  const entry = listed(node);
  if (entry !== undefined) return Array.isArray(value) ? value.map((one) => inForce(entry, one)) : undefined;
  if (node.properties !== undefined) {
    const group = value as Readonly<Record<string, unknown>>;
    const entries = Object.entries(node.properties)
      .map(([key, inner]): [string, unknown] => [key, inForce(inner, group[camel(key)])])
      .filter(([, inner]) => inner !== undefined);
    return Object.fromEntries(entries);
  }
  return value;
}

const camel = (key: string): string => key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
