/** docs/metrics.md, made from the definitions so that the two can't drift apart. */
import { DATABASE_METRICS, type Definition, PREFIX, PROCESS_METRICS } from './definitions.ts';

export function metricsDoc(): string {
  return `# Metrics

\`GET /metrics\` gives them in the text format of Prometheus; [observability.md](observability.md) says how to scrape it.
The unit is at the end of each meaning. Counters begin at 0 when the process starts. Labels have few values: streams,
exports and schedules of the settings, declared paths, statuses.

## Of the process

What this process did since it started. The usual ones of a Node process (\`process_…\`, \`nodejs_…\`) come with them.

${table(Object.values<Definition>(PROCESS_METRICS))}

## Of the database

Read when metrics are asked for, at most every 15 seconds. While the database can't be reached, only
\`${PREFIX}database_reachable\` is given, with 0.

${table(Object.values<Definition>(DATABASE_METRICS))}
`;
}

function table(metrics: readonly Definition[]): string {
  return ['| metric | kind | labels | meaning |', '|---|---|---|---|', ...metrics.map(row)].join('\n');
}

function row({ kind, name, labels, help }: Definition): string {
  const described = Object.entries(labels).map(([label, meaning]) => `\`${label}\`: ${meaning}`);
  return `| \`${PREFIX}${name}\` | ${kind} | ${described.join('<br>')} | ${help} |`;
}
