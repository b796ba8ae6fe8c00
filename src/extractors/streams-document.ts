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
  sourcesOf,
  waysOf,
} from './stream.ts';

/** The whole page. */
export function streamsDoc(): string {
  return `# Streams

Each stream is a table of schema \`sigma\`. Besides the columns below every table has \`_raw\` (the entry as the API sent
it, unknown fields included), \`_first_synced_at\`, \`_synced_at\` (when a sync last changed the row) and \`_deleted_at\`
(when its deletion was confirmed; null while it exists).

In the tables 🔑 marks the key, ⚙ a value that is computed because the API sends none of that name, and 🔒 what is
personal or sensitive, with its kind.

On the *slow cycle* are streams whose entries change without a signal and cost one request for each parent: a partition is
read again when its turn has come within the refresh interval (a week by default), and no run pays for all of them.

The ${catalogue.length} streams are grouped into areas:
${Object.keys(areas).map(areaLink).join(', ')}.
Each has a diagram of its own: which stream is planned from which, and by which column the two join. Parents from other
areas are named there and described in theirs.

${Object.entries(areas).map(area).join('\n\n')}
`;
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

/** Only what is planned from another stream, or has one planned from it; the others are in the list below it. */
function diagram(streams: readonly Stream[]): string {
  return ['```mermaid', 'erDiagram', ...streams.flatMap(relations), '```'].join('\n');
}

function section(stream: Stream): string {
  const facts = [
    `- **Key**: ${stream.key.map((name) => `\`${name}\``).join(', ')}`,
    `- **Read from**: ${readFrom(stream)}`,
    `- **Brought up to date**: ${refreshOf(stream)}`,
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

const HIDDEN = 'an entry can be an error that stands for what the credentials may not read; it is left out.';

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
  const when = slow === true ? 'for a first load and for most turns of the slow cycle' : 'for a first load';
  return `${from} for each row of \`${shortcut.parent}\`, ${when}, where those are fewer; what it lacks is looked for where it belongs.`;
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
    return `where ${[...signals].join(' or ')} moved${slow}${kinds.flatMap(unlessLine).join('')}.`;
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
  const each = ways.join('; or, where that is fewer, for each ');
  return `${how}, one listing for each ${each}${kinds.map(activeLine).join('')}.`;
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
  return [`; what is stored of a row of \`${parent}\` that is \`${unless}\` stays as it is`];
}

function deletionOf(stream: Stream): string {
  if (stream.get !== undefined) return `confirmed by \`GET ${stream.get}\` answering 404.`;
  const listings = 'confirmed by a listing of one page, or by a second listing';
  if (stream.subject === undefined) return `${listings}.`;
  return `${listings}; where entries are hidden, by \`GET ${stream.subject}\` answering anything but 403.`;
}

const MEANINGS: Readonly<Record<RefusalMeaning, string>> = {
  nothing: 'where there is nothing',
  hidden: 'where the entries are not for the credentials to read, and what is stored of them stays',
  doubtful:
    'where there is nothing or the API is in trouble, so what is stored stays and later runs ask again',
};

/** Refusals that are answers and not failures, by their meaning. */
function refusalsOf(stream: Stream): string | undefined {
  const refusals = sourcesOf(stream).flatMap(({ listings }) =>
    listings.flatMap(({ refusals }) => Object.entries(refusals ?? {})),
  );
  const lines = (['nothing', 'hidden', 'doubtful'] as const).flatMap((meaning) => {
    const statuses = new Set(refusals.filter(([, given]) => given === meaning).map(([status]) => status));
    return statuses.size === 0 ? [] : [`${[...statuses].join(' or ')} ${MEANINGS[meaning]}`];
  });
  return lines.length === 0 ? undefined : `the API answers ${lines.join('; ')}.`;
}

function relations(stream: Stream): string[] {
  const parents = [
    ...waysOf(stream),
    ...stream.sources.flatMap(({ forEach }) =>
      forEach === undefined ? [] : [{ ...forEach, parent: forEach.stream }],
    ),
  ];
  const lines = parents
    .filter(({ parent }) => parent !== stream.name)
    .map(({ parent, column }) => `  ${parent} ||--o{ ${stream.name} : ${column}`);
  return [...new Set(lines)];
}
