/** docs/metrics.md, made from the definitions so that the two can't drift apart. */
import { DATABASE_METRICS, type Definition, PREFIX, PROCESS_METRICS } from './definitions.ts';

export function metricsDoc(): string {
  return `# Metrics

\`GET /metrics\` serves them in the text format of Prometheus. [observability.md](observability.md) shows how to scrape
it. Each meaning ends with its unit. Counters start at 0 with the process. Labels have few values: the streams, exports
and schedules of the settings, declared paths, and a status.

## Of the process

These count what this process did since it began. Those of each Node process (\`process_…\`, \`nodejs_…\`) come with them.

${table(Object.values<Definition>(PROCESS_METRICS))}

## Of the database

A scrape reads these, at most once in 15 seconds. While the database is down, the only one is
\`${PREFIX}database_reachable\`, with 0.

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
