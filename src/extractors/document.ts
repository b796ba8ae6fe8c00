/** docs/streams.md, made from the declarations so that the two can't drift apart. */
import { catalogue } from './catalogue.ts';
import { type PartitionKind, type Source, SQL_TYPES, type Stream } from './stream.ts';

/** The whole page. */
export function streamsDoc(): string {
  return `# Streams

Made from the declarations in \`src/extractors/streams/\` by \`npm run docs\`; do not edit.

Each stream is a table of schema \`sigma\`. Besides the columns below every table has \`_raw\` (the entry as the API sent
it, unknown fields included), \`_first_synced_at\`, \`_synced_at\` (when a sync last changed the row) and \`_deleted_at\`
(when its deletion was confirmed; null while it exists).

\`\`\`mermaid
erDiagram
${catalogue.flatMap(relations).join('\n')}
\`\`\`

${catalogue.map(section).join('\n\n')}
`;
}

function section(stream: Stream): string {
  const rows = stream.columns.map(
    ({ name, type, description, isKey }) =>
      `| \`${name}\`${isKey ? ' 🔑' : ''} | ${SQL_TYPES[type]} | ${description.replaceAll('|', '\\|')} |`,
  );
  return [
    `## ${stream.name}`,
    stream.description,
    [
      `- **Key**: ${stream.key.map((name) => `\`${name}\``).join(', ')}`,
      `- **Read from**: ${readFrom(stream)}`,
      `- **Brought up to date**: ${refreshOf(stream)}`,
      `- **Deletions**: ${deletionOf(stream)}`,
    ].join('\n'),
    ['| column | type | what it is |', '|---|---|---|', ...rows].join('\n'),
  ].join('\n\n');
}

/** Sources in order of preference; those of the kinds of partitions side by side. */
function readFrom(stream: Stream): string {
  const ofKinds = kindsOf(stream).flatMap((kind) => kind.sources ?? []);
  if (ofKinds.length === 0) return stream.sources.map(sourceLine).join('; else ');
  return [...new Set(ofKinds.map(sourceLine))].join('; ');
}

function sourceLine({ listings }: Source): string {
  return listings
    .map(({ path, query }) => {
      const parameters = Object.entries(query ?? {}).map(([name, value]) => `${name}=${value}`);
      return `\`GET ${path}${parameters.length > 0 ? `?${parameters.join('&')}` : ''}\``;
    })
    .join(' and ');
}

function refreshOf(stream: Stream): string {
  const kinds = kindsOf(stream);
  if (kinds.length === 0) return 'one listing in every run.';
  const signals = kinds.flatMap((kind) => (kind.signal === undefined ? [] : [signalLine(kind, kind.signal)]));
  if (signals.length > 0) return `where ${[...new Set(signals)].join(' or ')} moved.`;
  const ways = (stream.partitions ?? []).map((alternative) =>
    [
      ...new Set(
        alternative.map(({ parent, kind }) =>
          kind === 'inode' ? `object of \`${parent}\`` : `row of \`${parent}\``,
        ),
      ),
    ].join(', '),
  );
  return `a sweep in every run, one listing for each ${ways.join('; or, where that is fewer, for each ')}.`;
}

function signalLine({ parent, unless }: PartitionKind, signal: readonly string[]): string {
  const except =
    unless === undefined
      ? ''
      : ` (rows that are \`${unless}\` are left out, and what is stored of them stays)`;
  return `${signal.map((column) => `\`${parent}.${column}\``).join(' or ')}${except}`;
}

function deletionOf(stream: Stream): string {
  if (stream.get !== undefined) return `confirmed by \`GET ${stream.get}\` answering 404.`;
  return 'confirmed by a listing of one page, or by a second listing.';
}

function relations(stream: Stream): string[] {
  const seen = new Set<string>();
  return kindsOf(stream).flatMap(({ parent, column }) => {
    const line = `  ${parent} ||--o{ ${stream.name} : ${column}`;
    if (parent === stream.name || seen.has(line)) return [];
    seen.add(line);
    return [line];
  });
}

function kindsOf(stream: Stream): readonly PartitionKind[] {
  return (stream.partitions ?? []).flat();
}
