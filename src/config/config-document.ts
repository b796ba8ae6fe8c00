/** Documents generated from the schema: the example file, the settings table and the JSON Schema's text. */
import { stringify } from 'yaml';
import { jsonSchema, listed, type SchemaNode, SETTINGS, type Setting, wanted } from './settings.ts';

/** `config/sigma-sync.schema.json`. */
export function schemaJson(): string {
  const { $schema, ...schema } = jsonSchema() as SchemaNode & { $schema?: string };
  // What an organization sets by itself is what it is at the top; only the program checks both merged.
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

const EXAMPLE_HEAD = `Settings of sigma-sync. Remove the # before a setting (and before the group it is in) to \
change it; what is shown is its default, or an example where it has none. Environment variables win over this file. \
\${VARIABLE} inside a value is replaced by that environment variable; $\${ is a literal \${.`;

const INTRODUCTION = `# Configuration

Settings come from three places; a later one wins over an earlier one:

1. the defaults below,
2. a YAML file: the one after \`--config\`, else \`config/sigma-sync.yaml\` in the working directory, if it exists,
3. environment variables.

\`sigma-sync init\` writes a file with every setting commented out.
[\`config/sigma-sync.schema.json\`](../config/sigma-sync.schema.json) lets an editor complete and check it.

- A key that is not listed here is an error, with the nearest known key and the line.
- \`\${VARIABLE}\` inside a value is replaced by that environment variable; one that is not set is an error.
  \`$\${\` stands for a literal \`\${\`. A value that is one variable as a whole is read as YAML: \`\${N}\` with
  \`N=8\` is a number.
- Secrets can be read from files: every setting that is one has a second one that ends with \`_file\`, and every
  variable of one a second one that ends with \`_FILE\`. White space around the content is removed. Setting one
  together with its file is an error. Client id, client secret and database password are read again from their files
  whenever they are used, so that they can be rotated without a restart.
- Special characters of a user or a password in an address are percent-encoded (\`@\` as \`%40\`, \`/\` as \`%2F\`, \`#\` as
  \`%23\`). An address that could be read in two ways is refused before anything is asked or printed; so is one in
  \`HTTPS_PROXY\`, \`HTTP_PROXY\` and \`ALL_PROXY\`.
- A settings file or a secret's may be a pipe, such as that of \`<(command)\`. It ends within 5 seconds and 1 MB, or it is refused.
- An empty environment variable counts as not set, except for secrets, where it is an error.
- \`exports\`, \`schedules\` and \`alerts\` are lists: \`exports[].name\` is the name of any of the entries. Error messages count entries from 0.
- Where there are several \`organizations\`, what the entry of one sets wins over all three, for that organization
  ([fleet.md](fleet.md)).
- Only commands that talk to Sigma need the region and the credentials.
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
