/** Documents generated from the schema: the example file, the settings table and the JSON Schema's text. */
import { stringify } from 'yaml';
import { jsonSchema, listed, type SchemaNode, SETTINGS, type Setting, wanted } from './settings.ts';

/** `config/sigma-sync.schema.json`. */
export function schemaJson(): string {
  const { $schema, ...schema } = jsonSchema() as SchemaNode & { $schema?: string };
  // An organization's own groups are declared at the top; only the program checks both merged.
  const own = schema.properties?.['organizations']?.items?.properties ?? {};
  for (const [key, { description }] of Object.entries(own))
    if (!['name', 'database'].includes(key))
      own[key] = {
        ...(description === undefined ? {} : { description }),
        allOf: [{ $ref: `#/properties/${key}` }],
      };
  return `${JSON.stringify({ $schema, title: 'Settings of sigma-sync', ...schema }, null, 2)}\n`;
}

/**
 * A settings file with every setting commented out (`#key: value`) below its help (`# text`). It loads as it is:
 * nothing is set.
 */
export function exampleYaml(): string {
  const lines = [...comment(EXAMPLE_HEAD, ''), ...section(jsonSchema(), '')];
  return `${lines.join('\n')}\n`;
}

/** Settings that a nightly sync into a server needs, and those that its users soon ask for. */
const SHORT: readonly string[] = [
  ...['sigma.region', 'sigma.client_id', 'sigma.client_secret_file'],
  ...['database.url_file', 'sync.exclude', 'privacy.key_file', 'privacy.columns'],
  ...['service.public_url', 'freshness.hours', 'log.format'],
  ...['schedules.name', 'schedules.cron', 'schedules.time_zone'],
  ...['alerts.name', 'alerts.kind', 'alerts.url_file'],
];

/** The same with the few settings that a nightly sync needs. */
export function shortYaml(): string {
  const head = `${EXAMPLE_HEAD} "sigma-sync init" without --short writes all settings.`;
  return `${[...comment(head, ''), ...section(only(jsonSchema(), ''), '')].join('\n')}\n`;
}

/** A group with the settings of {@link SHORT} alone. */
function only(node: SchemaNode, path: string): SchemaNode {
  const { properties, items } = node;
  if (properties === undefined) return items === undefined ? node : { ...node, items: only(items, path) };
  const kept = Object.entries(properties).flatMap(([key, inner]): [string, SchemaNode][] => {
    const name = path === '' ? key : `${path}.${key}`;
    const isWanted = SHORT.some((one) => one === name || one.startsWith(`${name}.`));
    return isWanted ? [[key, SHORT.includes(name) ? inner : only(inner, name)]] : [];
  });
  return { ...node, properties: Object.fromEntries(kept) };
}

/** `docs/configuration.md`. */
export function configurationDoc(): string {
  const groups = Object.entries(jsonSchema().properties ?? {}).flatMap(([group, node]) => [
    `## \`${group}\``,
    '',
    node.description ?? '',
    '',
    '| setting | kind | default | environment | meaning |',
    '|---|---|---|---|---|',
    ...SETTINGS.filter((setting) => setting.path[0] === group).map(tableRow),
    '',
  ]);
  return `${[INTRODUCTION, ...groups].join('\n').trimEnd()}\n`;
}

const EXAMPLE_HEAD = `Settings of sigma-sync. To change a setting, remove the # before it and before its group. Each line \
shows the default, or an example if there is none. Environment variables win over this file. \
\${VARIABLE} inside a value is replaced by that environment variable. $\${ is a literal \${.`;

const INTRODUCTION = `# Configuration

Settings come from three places. Later ones win:

1. the defaults below,
2. a YAML file: the one named with \`--config\`, or \`config/sigma-sync.yaml\` in the working directory, if it exists,
3. environment variables.

\`sigma-sync init\` writes a file with every setting commented out, and \`init --short\` one with the few that a nightly sync needs.
[\`config/sigma-sync.schema.json\`](../config/sigma-sync.schema.json) lets an editor complete and check it.

- An unknown key is an error. The message names the nearest known key and the line.
- \`\${VARIABLE}\` inside a value is replaced by that environment variable. A variable that isn't set is an error.
  Write \`$\${\` for a literal \`\${\`. A value that is a single variable is read as YAML: \`\${N}\` with \`N=8\` is a number.
- Every secret can come from a file: add \`_file\` to the setting or \`_FILE\` to the variable. White space around it
  is removed. A relative path counts from the working directory, not from the settings file: write absolute
  paths for services and cron. Setting both a secret and its file is an error. The files of client id, client secret and
  database password are read at each use, so you can rotate them without a restart.
- Percent-encode special characters in the user or password of an address (\`@\` as \`%40\`, \`/\` as \`%2F\`, \`#\` as
  \`%23\`). An address that can be read in two ways is refused before it is used or shown. The same goes for
  \`HTTPS_PROXY\`, \`HTTP_PROXY\` and \`ALL_PROXY\`.
- The settings file or a secret's file may be a pipe, such as \`<(command)\`. It must end within 5 seconds and 1 MB.
- An empty environment variable counts as not set. For a secret it is an error.
- \`exports\`, \`schedules\` and \`alerts\` are lists. \`exports[].name\` is the name of any entry. Errors count entries from 0.
- With several \`organizations\`, the entry of an organization wins over all three sources
  ([fleet.md](fleet.md)).
- Only commands that call Sigma need a region and credentials.
`;

function section(node: SchemaNode, indent: string, inEntry = false): string[] {
  return Object.entries(node.properties ?? {}).flatMap(([key, inner]) => {
    const entry = listed(inner);
    const isGroup = inner.properties !== undefined || entry !== undefined;
    const help = isGroup ? comment(inner.description, indent) : helpLines(inner, indent);
    if (!isGroup)
      return [...(indent === '' ? [''] : []), ...help, ...settingLines(key, inner, indent, inEntry)];
    // A nested group is commented out with its settings, or it would be null.
    const [before, mark] = indent === '' ? [['', ...help], ''] : [inEntry ? help : [], '#'];
    const content =
      entry === undefined ? section(inner, `${indent}  `, inEntry) : example(entry, `${indent}  `);
    return [...before, `${indent}${mark}${key}:`, ...content];
  });
}

/** One entry of a list of groups: as any group, but its first setting has the dash. */
function example(entry: SchemaNode, indent: string): string[] {
  const lines = section(entry, `${indent}  `, true);
  const first = lines.findIndex(
    (line) => line.startsWith(`${indent}  #`) && !line.startsWith(`${indent}  # `),
  );
  return lines.map((line, index) => (index === first ? line.replace('  #', '#- ') : line));
}

/** Shows the default, else an example; in an entry of a list, where nothing is in force, the example first. */
function settingLines(key: string, node: SchemaNode, indent: string, inEntry: boolean): string[] {
  const value = inEntry ? (node.examples?.[0] ?? node.default) : (node.default ?? node.examples?.[0]);
  if (inEntry) {
    const flow = stringify(value, { lineWidth: 0, collectionStyle: 'flow' }).trimEnd();
    return [`${indent}#${key}: ${flow}`];
  }
  const yaml = stringify({ [key]: value }, { lineWidth: 0 }).trimEnd();
  return yaml.split('\n').map((line) => `${indent}#${line}`);
}

function helpLines(node: SchemaNode, indent: string): string[] {
  const facts = [
    node.description,
    node.type === 'string' && node.enum === undefined ? undefined : `${capital(wanted(node))}.`,
    node.default === undefined ? undefined : `Default: ${JSON.stringify(node.default)}.`,
    node['x-env'] === undefined ? undefined : `Environment: ${node['x-env']}.`,
  ];
  return comment(facts.filter(Boolean).join(' '), indent);
}

/** Comment lines of at most 110 characters. */
function comment(text: string | undefined, indent: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of (text ?? '').split(' ')) {
    if (line !== '' && indent.length + 2 + line.length + 1 + word.length > 110) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].filter((text) => text !== '').map((text) => `${indent}# ${text}`);
}

function tableRow({ name, node }: Setting): string {
  const cells = [
    `\`${name}\``,
    node['x-secret'] === true ? 'text, secret' : wanted(node),
    node.default === undefined
      ? ''
      : `\`${typeof node.default === 'string' ? node.default : JSON.stringify(node.default)}\``,
    node['x-env'] === undefined ? '' : `\`${node['x-env']}\``,
    node.description ?? '',
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
