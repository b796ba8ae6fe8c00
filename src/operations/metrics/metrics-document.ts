/** docs/metrics.md, made from the definitions so that the two can't drift apart. */
import { DATABASE_METRICS, type Definition, PREFIX, PROCESS_METRICS } from './definitions.ts';

export function metricsDoc(): string {
  return `# Metrics

\`GET /metrics\` serves these metrics in the Prometheus text format. [observability.md](observability.md) explains scraping.
Each meaning ends with the unit. Counters start at 0 with the process. Label values are few: streams, exports and
schedules of the settings, declared paths, statuses.

## Of the process

Activity of this process since its start. The usual metrics of a Node process (\`process_…\`, \`nodejs_…\`) are included.

${table(Object.values<Definition>(PROCESS_METRICS))}

## Of the database

sigma-sync reads these figures for a scrape, at most every 15 seconds. While the database is unreachable, only
\`${PREFIX}database_reachable\` is served, with 0.

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
