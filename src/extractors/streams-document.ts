/** docs/streams.md, made from the declarations so that the two can't drift apart. */
import { areas, catalogue } from './catalogue.ts';
import {
  type Column,
  type Endpoint,
  kindsOf,
  type PartitionKind,
  type RefusalMeaning,
  type Source,
  SQL_TYPES,
  type Stream,
  snakeCase,
  sourcesOf,
  waysOf,
} from './stream.ts';
import { JOINS } from './table-joins.ts';

/** The whole page. */
export function streamsDoc(): string {
  return `# Streams

Each stream is a table of schema \`sigma\`. Every table also has \`_raw\` (the entry as the API sent it, unknown fields
included) and three times: \`_first_synced_at\`, \`_synced_at\` (when a sync last changed the row) and \`_deleted_at\`
(when its deletion was confirmed; null while it exists). Deleted rows stay, so add \`where _deleted_at is null\`. A table's
freshness is \`last_success_at\` of \`sigma_sync.streams\`, not \`_synced_at\`.

In the tables 🔑 marks the key, ⚙ a computed value that the API does not send, and 🔒 a personal or
sensitive value, with its kind.

Streams on the *slow cycle* change without a signal and cost one request per parent. Each partition is read once per
refresh interval (a week by default), spread evenly over the runs.

The ${catalogue.length} streams are grouped into areas:
${Object.keys(areas).map(areaLink).join(', ')}.
Each has a diagram that shows the parent of each stream and the columns that join the two. Parents from other
areas are described there.

## How the tables join

Children carry the id of their parent, such as \`workbook_id\`; ids of pages and elements are unique in their document only, so
join them by both. Beyond that:

${joins()}

\`connection_paths\` and \`source_tables\` share no id. Both name a table by \`connection_id\` and \`path\`, but each has tables that
the other lacks: the first those that the owner of the credentials may use, the second those that documents use. Don't count on
that join; from documents to tables, use lineage.

${Object.entries(areas).map(area).join('\n\n')}
`;
}

function joins(): string {
  const cells = JOINS.map(
    ({ from, to, note }) => `| ${from.map((name) => `\`${name}\``).join(', ')} | \`${to}\` | ${note} |`,
  );
  return ['| column | is | when |', '|---|---|---|', ...cells].join('\n');
}

function areaLink(name: string): string {
  return `[${name}](#area-${name})`;
}

function area([name, streams]: readonly [string, readonly Stream[]]): string {
  return [
    `## Area: ${name}`,
    diagram(streams),
    streams.map(({ name, description }) => `- [\`${name}\`](#${name}): ${description}`).join('\n'),
    ...streams.map(section),
  ].join('\n\n');
}

/** Streams with a parent or a child; the others are in the list below it. */
function diagram(streams: readonly Stream[]): string {
  return ['```mermaid', 'erDiagram', ...streams.flatMap(relations), '```'].join('\n');
}

function section(stream: Stream): string {
  const facts = [
    `- **Key**: ${stream.key.map((name) => `\`${name}\``).join(', ')}`,
    `- **Read from**: ${readFrom(stream)}`,
    `- **Refreshed**: ${refreshOf(stream)}`,
    `- **Deletions**: ${deletionOf(stream)}`,
    ...optional('Shortcut', shortcutOf(stream)),
    ...optional('Refusals', refusalsOf(stream)),
    ...optional('Hidden entries', stream.mayHide && HIDDEN),
    ...optional('Opt-in', stream.optIn && 'left out unless a setting or the command line names it.'),
    ...optional('Caveats', stream.caveats),
  ];
  return [
    `### ${stream.name}`,
    stream.description,
    facts.join('\n'),
    ['| column | type | what it is |', '|---|---|---|', ...stream.columns.map(row)].join('\n'),
  ].join('\n\n');
}

const HIDDEN = 'an entry can be an error in place of data the credentials may not read; it is left out.';

function optional(title: string, line: string | undefined): string[] {
  return line === undefined ? [] : [`- **${title}**: ${line}`];
}

function row({ name, type, description, isKey, derive, sensitive }: Column): string {
  const marks = [
    ...(isKey ? [' 🔑'] : []),
    ...(derive === undefined ? [] : [' ⚙']),
    ...(sensitive === undefined ? [] : [` 🔒 ${sensitive}`]),
  ];
  return `| \`${name}\`${marks.join('')} | ${SQL_TYPES[type]} | ${description.replaceAll('|', '\\|')} |`;
}

/** Sources in order of preference; those of the kinds of partitions side by side. */
function readFrom(stream: Stream): string {
  const ofKinds = kindsOf(stream).flatMap((kind) => kind.sources ?? []);
  if (ofKinds.length === 0) return stream.sources.map(sourceLine).join('; else ');
  return [...new Set(ofKinds.map(sourceLine))].join('; ');
}

function shortcutOf({ shortcut, slow }: Stream): string | undefined {
  if (shortcut === undefined) return undefined;
  const from = (shortcut.sources ?? []).map(sourceLine).join('; else ');
  const when = slow === true ? 'for a first load and for most reads of the slow cycle' : 'for a first load';
  return `${from} for each row of \`${shortcut.parent}\`, ${when}, if those are fewer. A missing row is checked at its own parent.`;
}

function sourceLine({ listings, forEach, inParent }: Source): string {
  if (inParent !== undefined) return `\`${inParent}\` of the parent's row, without a request`;
  const read = listings.map(listingLine).join(' and ');
  if (forEach === undefined) return read;
  const { stream, except } = forEach;
  const values = except?.values.map((value) => `\`${value}\``).join(', ');
  const but = except === undefined ? '' : ` whose \`${except.column}\` is none of ${values}`;
  return `${read} for each row of \`${stream}\`${but}`;
}

function listingLine({ path, query, limit }: Endpoint): string {
  const parameters = Object.entries(query ?? {}).map(([name, value]) => `${name}=${value}`);
  const address = `\`GET ${path}${parameters.length > 0 ? `?${parameters.join('&')}` : ''}\``;
  return limit === undefined ? address : `${address} (${limit} entries a page at most)`;
}

function refreshOf(stream: Stream): string {
  const kinds = kindsOf(stream);
  if (kinds.length === 0) return 'one listing in every run.';
  const signals = new Set(kinds.flatMap(signalLine));
  if (signals.size > 0) {
    const slow = stream.slow === true ? ', and on the slow cycle' : '';
    return `if ${[...signals].join(' or ')} moved${slow}${kinds.flatMap(unlessLine).join('')}.`;
  }
  const ways = (stream.partitions ?? []).map((alternative) =>
    [
      ...new Set(
        alternative.map(({ parent, kind, objects }) => {
          if (objects === 'unknown') return `${kind} with a grant on an object without a long id`;
          return kind === 'inode' ? `object of \`${parent}\`` : `row of \`${parent}\``;
        }),
      ),
    ].join(', '),
  );
  const how = stream.slow === true ? 'on the slow cycle' : 'a sweep in every run';
  const [first = '', ...others] = ways.map((way) => way.replaceAll(/(?<=(row|object) of .*), \1 of /g, ', '));
  const instead = others.map((way) => `. If those are fewer, one for each ${way} instead`).join('');
  return `${how}, one listing for each ${first}${kinds.map(activeLine).join('')}${instead}.`;
}

function activeLine({ kind, activeWhile }: PartitionKind): string {
  if (activeWhile === undefined) return '';
  const { column, withinDays } = activeWhile;
  return `; in every run for a ${kind} with a \`${column}\` of the last ${withinDays} days`;
}

function signalLine(kind: PartitionKind): string[] {
  return kind.signal?.map((column) => `\`${kind.parent}.${column}\``) ?? [];
}

function unlessLine({ parent, unless }: PartitionKind): string[] {
  if (unless === undefined) return [];
  return [`; stored rows stay if their row of \`${parent}\` is \`${unless}\``];
}

function deletionOf(stream: Stream): string {
  if (stream.get !== undefined) return `confirmed by \`GET ${stream.get}\` answering 404.`;
  const listings = 'confirmed by a listing of one page, or by a second listing';
  if (stream.subject === undefined) return `${listings}.`;
  return `${listings}; if entries are hidden, by \`GET ${stream.subject}\` answering anything but 403.`;
}

const MEANINGS: Readonly<Record<RefusalMeaning, string>> = {
  nothing: 'if there is nothing',
  hidden: 'if the credentials may not read the entries (stored rows stay)',
  doubtful: 'if there is nothing or the API is in trouble (stored rows stay, and later runs ask again)',
};

/** Refusals that are answers, not failures, by meaning. */
function refusalsOf(stream: Stream): string | undefined {
  const refusals = sourcesOf(stream).flatMap(({ listings }) =>
    listings.flatMap(({ refusals }) => Object.entries(refusals ?? {})),
  );
  const lines = (['nothing', 'hidden', 'doubtful'] as const).flatMap((meaning) => {
    const statuses = new Set(refusals.filter(([, given]) => given === meaning).map(([status]) => status));
    return statuses.size === 0 ? [] : [`${[...statuses].join(' or ')} ${MEANINGS[meaning]}`];
  });
  return lines.length === 0 ? undefined : `the API answers ${lines.join('. It answers ')}.`;
}

function relations(stream: Stream): string[] {
  const parents = [
    ...waysOf(stream),
    ...stream.sources.flatMap(({ forEach }) =>
      forEach === undefined
        ? []
        : [{ parent: forEach.stream, parentColumn: forEach.column, column: snakeCase(forEach.param) }],
    ),
  ];
  const lines = parents
    .filter(({ parent }) => parent !== stream.name)
    .map(({ parent, parentColumn, column }) => {
      const label =
        column === parentColumn ? column : `"${stream.name}.${column} = ${parent}.${parentColumn}"`;
      return `  ${parent} ||--o{ ${stream.name} : ${label}`;
    });
  return [...new Set(lines)];
}
