/** docs/analytics-models.md, made from the models so that the two can't drift apart. */

import { type Model, returnedColumns } from './model.ts';
import { models } from './model-catalogue.ts';

const KINDS: Readonly<Record<Model['kind'], string>> = {
  view: 'View: always as of now',
  materialized: 'Materialized view: as of the latest sync that changed one of its inputs',
  function: 'Function',
};

/** The whole page. */
export function modelsDoc(): string {
  const contents = models.map(({ name, about }) => `| [\`${name}\`](#${name}) | ${firstSentence(about)} |`);
  return `# Models of answers

This page lists every model in the schema \`sigma_analytics\`. [analytics.md](analytics.md) explains refreshes and shows example questions.

| model | what it is |
|---|---|
${contents.join('\n')}

${models.map(section).join('\n\n')}
`;
}

function section(model: Model): string {
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
  return `## ${name}\n\n${about}\n\n${facts.join(' ')}\n\n${lines.join('\n')}`;
}

const code = (name: string): string => `\`${name}\``;
const cell = (text: string): string => text.replaceAll('|', '\\|');
const shown = ([column, text]: [string, string]): string => `| \`${column}\` | ${cell(text)} |`;

const returned = ({ name, type, about }: ReturnType<typeof returnedColumns>[number]): string =>
  `| \`${name}\` | ${type} | ${cell(about)} |`;

function firstSentence(text: string): string {
  return cell(/^[\s\S]*?[.:](?= |$)/.exec(text)?.[0].replace(/:$/, '.') ?? text);
}
