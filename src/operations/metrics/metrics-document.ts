/** docs/metrics.md, made from the definitions so that the two can't drift apart. */
import {
  DATABASE_METRICS,
  DETAIL,
  type Definition,
  FLEET_METRICS,
  PREFIX,
  PROCESS_METRICS,
  QUEUE_METRICS,
} from './definitions.ts';

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

## Of many organizations

Processes of many organizations ([fleet.md](fleet.md#metrics-and-health)) have a label \`organization\` instead of these, so that the number
of series stays small: ${[...DETAIL].map((label) => `\`${label}\``).join(', ')}. Metrics of the process alone lose no label. A planner
and \`start --in-process\` have the following ones and \`${PREFIX}alerts_open\`, and of those *of the database* no others than
\`${PREFIX}database_reachable\`. A worker has none from the database.

${table(Object.values<Definition>(FLEET_METRICS))}

A planner also has these, from the queue that it shares with the workers.

${table(Object.values<Definition>(QUEUE_METRICS))}
`;
}

function table(metrics: readonly Definition[]): string {
  return ['| metric | kind | labels | meaning |', '|---|---|---|---|', ...metrics.map(row)].join('\n');
}

function row({ kind, name, labels, help }: Definition): string {
  const described = Object.entries(labels).map(([label, meaning]) => `\`${label}\`: ${meaning}`);
  return `| \`${PREFIX}${name}\` | ${kind} | ${described.join('<br>')} | ${help} |`;
}
