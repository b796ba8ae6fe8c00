/** The generated files of integrations/dbt: what follows from the streams and from the models of the answers. */
import { stringify } from 'yaml';
import type { Model } from '../../src/analytics/model.ts';
import { models } from '../../src/analytics/model-catalogue.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { kindsOf, type Stream } from '../../src/extractors/stream.ts';
import { RELATIONS, VALUES, VIEW_KEYS } from './checks.ts';
import { creatorOf, hostOf, jinjaOf, macroOf, PACKAGE, parametersOf } from './jinja.ts';

type Test = string | Readonly<Record<string, unknown>>;

/** Columns of every table that no stream declares. */
const SYNC_COLUMNS = {
  _first_synced_at: 'When a sync first saw the row',
  _synced_at: 'When a sync last changed the row, not when it was last read',
} as const;
const RAW_COLUMNS = {
  _raw: 'The entry as the API sent it, unknown fields included',
  ...SYNC_COLUMNS,
  _deleted_at: 'When its deletion was confirmed; null while it exists',
};

const STATE = {
  changes: {
    description: 'The change log: one row for each change of a row.',
    columns: {
      change_id: 'Order of the changes',
      changed_at: 'When the run committed it',
      run_id: 'Run that found it',
      stream: 'The table',
      key: 'Values of its key columns, as text',
      operation: 'insert (also of a row that came back), update or delete',
      changed: 'Columns that an update changed; _raw where only fields without a column did',
      before: 'Their values before an update; of all columns before a delete',
      after: 'Their values after an update; of all columns after an insert',
    },
  },
  history: {
    description: 'Since when the change log of each stream is complete.',
    columns: { stream: 'The table', since: 'From then on its log is complete' },
  },
};

const STAGED = catalogue.map((stream) => ({ ...stream, model: `stg_sigma__${stream.name}` }));
const MARTS = models.filter(({ kind }) => kind !== 'function');
const FUNCTIONS = models.filter(({ kind }) => kind === 'function');
/** The variable by which the package reads the views over all organizations. */
const ALL = 'all_organizations';
const isMade = (model: Model): boolean => hostOf(model) !== undefined;

/** Path below integrations/dbt → text. */
export function dbtFiles(): Map<string, string> {
  return new Map([
    ['models/staging/_sources.yml', yaml({ version: 2, sources: sources() })],
    ['models/staging/_staging.yml', yaml({ version: 2, models: STAGED.map(stagingDoc) })],
    ['models/marts/_marts.yml', yaml({ version: 2, models: MARTS.map(martDoc) })],
    ['macros/functions/_functions.yml', yaml({ version: 2, macros: FUNCTIONS.map(macroDoc) })],
    ...STAGED.map((stream): [string, string] => [`models/staging/${stream.model}.sql`, staging(stream)]),
    ...MARTS.map((model): [string, string] => [`models/marts/${model.name}.sql`, mart(model)]),
    ...FUNCTIONS.map((model): [string, string] => [
      `macros/functions/${isMade(model) ? `create_${model.name}` : model.name}.sql`,
      isMade(model) ? creatorOf(model, models) : macroOf(model, models),
    ]),
  ]);
}

function staging({ name, columns }: Stream): string {
  const names = [...columns.map((column) => column.name), ...Object.keys(SYNC_COLUMNS)];
  return `select
{%- if var('${ALL}') %}
  t.organization,
{%- endif %}
${names.map((column) => `  t.${column}`).join(',\n')}
from {{ source('sigma', '${name}') }} t
where t._deleted_at is null
`;
}

function mart(model: Model): string {
  const indexes = [
    ...(model.key === undefined
      ? []
      : [`{'columns': (['organization'] if var('${ALL}') else []) + ${list(model.key)}, 'unique': true}`]),
    ...(model.indexes ?? []).map((index) => `{'columns': ${list([index])}}`),
    ...(model.wordIndexes ?? []).map((column) => `{'columns': ${list([column])}, 'type': 'gin'}`),
  ];
  const made = FUNCTIONS.filter((one) => hostOf(one) === model.name);
  const config = [
    `materialized='${model.kind === 'view' ? 'view' : 'table'}'`,
    ...(indexes.length === 0 ? [] : [`indexes=[${indexes.join(', ')}]`]),
    ...(made.length === 0
      ? []
      : [`post_hook=[${made.map(({ name }) => `"{{ ${PACKAGE}.create_${name}() }}"`).join(', ')}]`]),
  ];
  return `{{ config(
  ${config.join(',\n  ')}
) }}

{% if var('${ALL}') -%}
select t.* from {{ source('sigma_all', '${model.name}') }} t
{%- else -%}
${jinjaOf(model, models)}
{%- endif %}
`;
}

const list = (values: readonly string[]): string => `[${values.map((value) => `'${value}'`).join(', ')}]`;

function sources(): unknown[] {
  const schema = (variable: string, fallback: string): string => `{{ var('${variable}', '${fallback}') }}`;
  return [
    {
      name: 'sigma',
      schema: schema('sigma_schema', 'sigma'),
      description: 'The tables of the streams; a row that is gone from Sigma stays, with _deleted_at.',
      tables: catalogue.map(({ name, description, columns }) => ({
        ...{ name, description },
        columns: [
          ...columns.map((column) => ({ name: column.name, description: column.description })),
          ...described(RAW_COLUMNS),
        ],
      })),
    },
    {
      name: 'sigma_sync',
      schema: schema('sigma_sync_schema', 'sigma_sync'),
      description: 'What sigma-sync knows of its own work.',
      tables: Object.entries(STATE).map(([name, { description, columns }]) => ({
        ...{ name, description, columns: described(columns) },
      })),
    },
    {
      name: 'sigma_all',
      schema: schema('sigma_schema', 'sigma'),
      description:
        'The answers of all organizations, with the name of each in front. Read only where the variable all_organizations is set.',
      tables: MARTS.map((model) => ({ name: model.name, description: inWords(model.about) })),
    },
    {
      name: 'sigma_data',
      schema: schema('audit_log_schema', 'sigma_data'),
      description: 'Tables that exports fill. Read only where the variable audit_log_table is set.',
      tables: [
        {
          name: 'audit_log',
          identifier: "{{ var('audit_log_table', '') or 'audit_log' }}",
          description: 'Exported audit events; the variables audit_log_* name its columns.',
        },
      ],
    },
  ];
}

function described(columns: Readonly<Record<string, string>>): { name: string; description: string }[] {
  return Object.entries(columns).map(([name, description]) => ({ name, description }));
}

function stagingDoc(stream: Stream & { readonly model: string }): unknown {
  // Sigma is read while it changes, so a child can be there before its parent.
  const parents = new Map(
    kindsOf(stream)
      .filter(({ parent }) => parent !== stream.name)
      .map(({ column, parent, parentColumn }) => [column, [parent, parentColumn] as const]),
  );
  const isShared = kindsOf(stream).some(
    ({ column, parent }) => parents.has(column) && parents.get(column)?.[0] !== parent,
  );
  const tests = (column: string): Test[] => {
    const parent = isShared ? undefined : parents.get(column);
    return [
      ...keyTests(stream.key, column),
      ...(parent === undefined ? [] : [relation(`stg_sigma__${parent[0]}`, parent[1], 'warn')]),
    ];
  };
  return {
    name: stream.model,
    description: `${stream.description} Only what is there: deleted rows are left out.`,
    ...wholeTests(stream.key),
    columns: [
      ...stream.columns.map(({ name, description }) => documented(name, description, tests(name))),
      ...described(SYNC_COLUMNS),
    ],
  };
}

function martDoc(model: Model): unknown {
  const key = model.key ?? VIEW_KEYS[model.name] ?? [];
  const tests = (column: string): Test[] => {
    const values = VALUES[model.name]?.[column];
    const relative = RELATIONS[model.name]?.[column];
    const quote = values?.every((value) => typeof value === 'number') ? { quote: false } : {};
    return [
      ...keyTests(key, column),
      ...(values === undefined ? [] : [{ accepted_values: { arguments: { values, ...quote } } }]),
      ...(relative === undefined ? [] : [relation(...relative)]),
    ];
  };
  return {
    name: model.name,
    description: inWords(model.about),
    ...wholeTests(key),
    columns: Object.entries(model.columns).map(([name, text]) =>
      documented(name, inWords(text), tests(name)),
    ),
  };
}

function macroDoc(model: Model): unknown {
  const returns = Object.entries(model.columns).map(([name, text]) => `${name} (${text.replace(':', ',')})`);
  const how = isMade(model)
    ? `Creates the function ${model.name}(${model.parameters ?? ''}) in the schema of the model whose hook calls it.`
    : 'Stands in a FROM as a subquery; its arguments are SQL.';
  return {
    name: isMade(model) ? `create_${model.name}` : model.name,
    description: `${model.about} ${how} Columns: ${returns.join('; ')}.`,
    ...(isMade(model)
      ? {}
      : {
          arguments: parametersOf(model).map(({ name, fallback }) => ({
            name,
            type: 'string',
            description: `SQL of the value${fallback === undefined ? '' : `; ${fallback} where it is left out`}`,
          })),
        }),
  };
}

/** Settings are variables here. */
function inWords(text: string): string {
  return text.replaceAll(/analytics\.(\w+)/g, 'the variable $1');
}

function keyTests(key: readonly string[], column: string): Test[] {
  if (!key.includes(column)) return [];
  return key.length === 1 ? ['not_null', 'unique_in_organization'] : ['not_null'];
}

function wholeTests(key: readonly string[]): { data_tests?: Test[] } {
  return key.length < 2 ? {} : { data_tests: [{ unique_together: { arguments: { columns: key } } }] };
}

function relation(model: string, field: string, severity?: 'warn'): Test {
  return {
    there_in_organization: {
      arguments: { to: `ref('${model}')`, field },
      ...(severity === undefined ? {} : { config: { severity } }),
    },
  };
}

function documented(name: string, description: string, tests: readonly Test[]): unknown {
  return { name, description, ...(tests.length === 0 ? {} : { data_tests: tests }) };
}

function yaml(value: unknown): string {
  return stringify(value, { lineWidth: 120, aliasDuplicateObjects: false });
}
