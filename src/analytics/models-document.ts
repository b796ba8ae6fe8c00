/** docs/analytics-models.md, made from the models so that the two can't drift apart. */

import { type Model, returnedColumns } from './model.ts';
import { models } from './model-catalogue.ts';

const KINDS: Readonly<Record<Model['kind'], string>> = {
  view: 'View: always as of now',
  materialized: 'Materialized view: as of the latest sync that changed one of its inputs',
  function: 'Function',
};

/** Models that other models and the page use. */
const HELPERS: ReadonlySet<string> = new Set(['cron_field', 'cron_runs', 'object_names']);

/** The whole page. */
export function modelsDoc(): string {
  const helpers = models.filter(({ name }) => HELPERS.has(name));
  const answers = models.filter(({ name }) => !HELPERS.has(name));
  const contents = answers.map(({ name, about }) => `| [\`${name}\`](#${name}) | ${firstSentence(about)} |`);
  return `# Models of answers

This page lists every model in the schema \`sigma_analytics\`; [helpers](#helpers) are at the end. [analytics.md](analytics.md)
explains refreshes and shows example questions.

| model | what it is |
|---|---|
${contents.join('\n')}

${answers.map((model) => section(model)).join('\n\n')}

## Helpers

Other models, the page and the digest are made of these. You rarely need them yourself. Schema \`sigma\` has two functions of the
kind: \`concat_paths\` (joins JSON arrays, for \`effective_access\`) and \`zone_offset\` (minutes that a time zone is ahead of UTC).

${helpers.map((model) => section(model, '###')).join('\n\n')}
`;
}

function section(model: Model, level = '##'): string {
  const { name, kind, about, key, inputs } = model;
  const signature = kind === 'function' ? ` \`${name}(${model.parameters ?? ''})\`` : '';
  const facts = [
    `${KINDS[kind]}${signature}.`,
    ...(key === undefined ? [] : [`Key: ${key.map(code).join(', ')}.`]),
    ...(inputs.length === 0 ? [] : [`Inputs: ${inputs.map(code).join(', ')}.`]),
  ];
  const lines =
    kind === 'function'
      ? ['| column | type | meaning |', '|---|---|---|', ...returnedColumns(model).map(returned)]
      : ['| column | meaning |', '|---|---|', ...Object.entries(model.columns).map(shown)];
  return `${level} ${name}\n\n${about}\n\n${facts.join(' ')}\n\n${lines.join('\n')}`;
}

const code = (name: string): string => `\`${name}\``;
const cell = (text: string): string => text.replaceAll('|', '\\|');
const shown = ([column, text]: [string, string]): string => `| \`${column}\` | ${cell(text)} |`;

const returned = ({ name, type, about }: ReturnType<typeof returnedColumns>[number]): string =>
  `| \`${name}\` | ${type} | ${cell(about)} |`;

function firstSentence(text: string): string {
  return cell(/^[\s\S]*?[.:](?= |$)/.exec(text)?.[0].replace(/:$/, '.') ?? text);
}
