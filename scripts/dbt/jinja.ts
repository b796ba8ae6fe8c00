/** The models as dbt has them: names become references, settings become variables, functions become macros. */
import { type Model, type Names, returnedColumns } from '../../src/analytics/model.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';

/** In front of macros: in another project macros of the package do not find each other without it. */
export const PACKAGE = 'sigma_sync';

/** Stands for the days in the SQL until it is `var('stale_days')`. */
const STALE_DAYS = 987_654_321;
const DOMAIN = 'var-internal-domains';
const OPENS = 'var-audit-log-opens';
const SUCCEEDED = 'var-audit-log-succeeded';

const column = (name: string): string => `"{{ var('audit_log_${name}') }}"`;

/** Settings that change what a model says, by the variable that turns them on. */
const VARIANTS = {
  audit_log_table: {
    auditLog: {
      table: "{{ source('sigma_data', 'audit_log') }}",
      time: column('time'),
      hasTimes: true,
      member: column('member'),
      object: column('object'),
      event: column('event'),
      opens: [OPENS],
      status: column('status'),
      succeeded: [SUCCEEDED],
    },
  },
  internal_domains: { internalDomains: [DOMAIN] },
} as const;

/** @param models every model, to tell functions from the others. */
export function jinjaOf(model: Model, models: readonly Model[]): string {
  const plain: Names['options'] = { staleDays: STALE_DAYS, internalDomains: [], auditLog: undefined };
  const render = (changes: Partial<Names['options']>): string =>
    withMacros(model.sql(namesOf(models, { ...plain, ...changes })).trim(), models)
      .replaceAll(String(STALE_DAYS), "{{ var('stale_days') }}")
      .replaceAll(`'${DOMAIN}'`, `{{ ${PACKAGE}.text_list(var('internal_domains')) }}`)
      .replaceAll(`'${OPENS}'`, `{{ ${PACKAGE}.text_list(var('audit_log_opens')) }}`)
      .replaceAll(`'${SUCCEEDED}'`, `{{ ${PACKAGE}.text_list(var('audit_log_succeeded')) }}`)
      // A table may lack this column alone.
      .replace(/^.*var\('audit_log_status'\).*$/m, "{%- if var('audit_log_status') %}\n$&\n{%- endif %}");
  const base = render({});
  const variants = Object.entries(VARIANTS).flatMap(([variable, changes]) => {
    const sql = render(changes);
    return sql === base ? [] : [{ variable, sql }];
  });
  const [variant, ...more] = variants;
  if (more.length > 0) throw new Error(`model ${model.name}: two settings change it; one was expected.`);
  return variant === undefined ? base : choose(variant.variable, variant.sql, base);
}

function namesOf(models: readonly Model[], options: Names['options']): Names {
  const streams = new Set(catalogue.map(({ name }) => name));
  return {
    live: (table) => `{{ ref('stg_sigma__${table}') }}`,
    raw: (name) =>
      streams.has(name) ? `{{ source('sigma', '${name}') }}` : `{{ ${PACKAGE}.sigma_function('${name}') }}`,
    model: (name) => (isFunction(name, models) ? `@${name}` : `{{ ref('${name}') }}`),
    state: (table) => `{{ source('sigma_sync', '${table}') }}`,
    options,
  };
}

function isFunction(name: string, models: readonly Model[]): boolean {
  return models.some((model) => model.name === name && model.kind === 'function');
}

/**
 * `@cron_field(f.f[2], 0, 23) h` → `{{ sigma_sync.cron_field('f.f[2]', '0', '23') }} h`. The call stands for a
 * subquery, which needs a name up to PostgreSQL 15.
 */
function withMacros(sql: string, models: readonly Model[]): string {
  return sql.replaceAll(
    /@(\w+)\(([^()]*)\)(?= (\w)|)/g,
    (whole, name: string, list: string, named?: string) => {
      if (!isFunction(name, models)) return whole;
      const values = list === '' ? [] : list.split(',').map((one) => `'${one.trim()}'`);
      return `{{ ${PACKAGE}.${name}(${values.join(', ')}) }}${named === undefined ? ' as x' : ''}`;
    },
  );
}

/** The lines that differ, each behind its condition. */
function choose(variable: string, on: string, off: string): string {
  const [a, b] = [on.split('\n'), off.split('\n')];
  const least = Math.min(a.length, b.length);
  let head = 0;
  while (head < least && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < least - head && a.at(-1 - tail) === b.at(-1 - tail)) tail++;
  const middle = (lines: string[]): string[] => lines.slice(head, lines.length - tail);
  return [
    ...a.slice(0, head),
    `{%- if var('${variable}') %}`,
    ...middle(a),
    '{%- else %}',
    ...middle(b),
    '{%- endif %}',
    ...a.slice(a.length - tail),
  ].join('\n');
}

/** A function of SQL as a macro that stands where the function would be called. */
export function macroOf(model: Model, models: readonly Model[]): string {
  const parameters = parametersOf(model);
  const list = parameters
    .map(({ name, fallback }) => (fallback === undefined ? name : `${name}=${JSON.stringify(fallback)}`))
    .join(', ');
  // The last ones first: $1 is also the beginning of $10.
  const body = parameters.reduceRight(
    (sql, { name }, index) => sql.replaceAll(`$${index + 1}`, `{{ ${name} }}`),
    jinjaOf(model, models),
  );
  const columns = Object.keys(model.columns).join(', ');
  return `{% macro ${model.name}(${list}) -%}
(select * from (
${body}
) as ${model.name}(${columns}))
{%- endmacro %}
`;
}

/** The model whose hook creates a function of PL/pgSQL: the last of those it reads. */
export function hostOf(model: Model): string | undefined {
  return model.language === 'plpgsql' ? model.inputs.at(-1) : undefined;
}

/** A function of PL/pgSQL as a macro that creates it beside its host. */
export function creatorOf(model: Model, models: readonly Model[]): string {
  const returns = returnedColumns(model).map(({ name, type }) => `${name} ${type}`);
  return `{% macro create_${model.name}() -%}
{%- if not var('all_organizations') -%}
create or replace function {{ adapter.quote(this.schema) }}.${model.name}(${model.parameters ?? ''})
returns table (${returns.join(', ')})
language plpgsql stable as $function$
#variable_conflict use_column
${jinjaOf(model, models).replaceAll(`{{ ref('${hostOf(model) ?? ''}') }}`, '{{ this }}')}
$function$
{%- endif -%}
{%- endmacro %}
`;
}

/** Parameters of a function: `zone text default 'UTC'` is zone, with 'UTC' where it is left out. */
export function parametersOf({ parameters = '' }: Model): { name: string; fallback: string | undefined }[] {
  if (parameters === '') return [];
  return parameters.split(',').map((one) => {
    const [what = '', fallback] = one.trim().split(/ default /i);
    return { name: what.split(' ')[0] ?? '', fallback };
  });
}
