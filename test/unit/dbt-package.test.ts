/** integrations/dbt says what the streams and the models of the answers say. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { RELATIONS, VALUES, VIEW_KEYS } from '../../scripts/dbt/checks.ts';
import { dbtFiles } from '../../scripts/dbt/package.ts';
import { models } from '../../src/analytics/model-catalogue.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';

const files = dbtFiles();
const textOf = (path: string): string => files.get(path) ?? '';

interface Documented {
  readonly name: string;
  readonly description: string;
  readonly data_tests?: readonly unknown[];
  readonly columns: readonly Documented[];
}

describe('the dbt package', () => {
  it('is documented with the versions that it is tested with', () => {
    const pins = /dbt-core==[\d.]+ dbt-postgres==[\d.]+/g;
    const [tested = 'none'] = readFileSync('scripts/install-python.sh', 'utf8').match(pins) ?? [];
    expect(tested).toContain('dbt-core==1.10.');
    expect(readFileSync('integrations/dbt/README.md', 'utf8').match(pins)).toEqual([tested]);
  });

  it('has a model for each stream and each answer, with every column documented', () => {
    const staging = (parse(textOf('models/staging/_staging.yml')) as { models: Documented[] }).models;
    expect(staging.map(({ name }) => name)).toEqual(catalogue.map(({ name }) => `stg_sigma__${name}`));
    const marts = (parse(textOf('models/marts/_marts.yml')) as { models: Documented[] }).models;
    const answers = models.filter(({ kind }) => kind !== 'function');
    expect(marts.map(({ name }) => name)).toEqual(answers.map(({ name }) => name));
    for (const [index, { columns }] of marts.entries()) {
      expect(columns.map(({ name }) => name)).toEqual(Object.keys(answers[index]?.columns ?? {}));
    }
    for (const { name, description, columns } of [...staging, ...marts]) {
      expect(description, name).toMatch(/^[A-Z].*\.$/s);
      expect(columns.filter((column) => column.description.trim() === '')).toEqual([]);
    }
  });

  it('reads tables by references alone, and no setting by its value', () => {
    for (const [path, text] of files) {
      if (!path.startsWith('models/marts/') || !path.endsWith('.sql')) continue;
      const plain = text.replaceAll(/\{\{.*?\}\}/gs, '');
      expect(plain, path).not.toMatch(/\bsigma(_sync|_analytics)?"?\.|987654321|var-|@\w/);
      for (const [, model = ''] of text.matchAll(/ref\('(\w+)'\)/g)) {
        const folder = model.startsWith('stg_') ? 'staging' : 'marts';
        expect(files.has(`models/${folder}/${model}.sql`), `${path}: ${model}`).toBe(true);
      }
    }
    expect(textOf('models/marts/stale_workbooks.sql')).toContain(
      "{{ var('stale_days') }} * interval '24 hours'",
    );
    expect(textOf('models/marts/external_members.sql')).toContain("{%- if var('internal_domains') %}");
    expect(textOf('macros/functions/_functions.yml')).not.toContain('name: ""');
    expect(textOf('macros/functions/openings.sql')).toContain("{%- if var('audit_log_table') %}");
    for (const name of ['workbook_inventory', 'member_activity']) {
      expect(textOf(`models/marts/${name}.sql`)).toContain('{{ sigma_sync.openings() }} o');
    }
  });

  it('tests only columns that are there, and values that their comments tell', () => {
    const columnOf = (model: string, column: string): string | undefined =>
      model.startsWith('stg_sigma__')
        ? catalogue
            .find(({ name }) => `stg_sigma__${name}` === model)
            ?.columns.find(({ name }) => name === column)?.description
        : models.find(({ name }) => name === model)?.columns[column];
    for (const [model, key] of Object.entries(VIEW_KEYS)) {
      for (const column of key) expect(columnOf(model, column), `${model}.${column}`).toBeDefined();
    }
    for (const [model, columns] of Object.entries(VALUES)) {
      for (const [column, values] of Object.entries(columns)) {
        const text = columnOf(model, column) ?? '';
        for (const value of values) {
          if (typeof value === 'string') expect(text, `${model}.${column}`).toContain(value);
        }
      }
    }
    for (const [model, columns] of Object.entries(RELATIONS)) {
      for (const [column, [parent, field]] of Object.entries(columns)) {
        expect(columnOf(model, column), `${model}.${column}`).toBeDefined();
        expect(columnOf(parent, field), `${parent}.${field}`).toBeDefined();
      }
    }
  });

  it('tests the key of every table', () => {
    const staging = (parse(textOf('models/staging/_staging.yml')) as { models: Documented[] }).models;
    for (const [index, { key, name }] of catalogue.entries()) {
      const model = staging[index];
      for (const column of key) {
        const tests = model?.columns.find((one) => one.name === column)?.data_tests;
        expect(tests, `${name}.${column}`).toContain('not_null');
        expect(tests?.includes('unique_in_organization'), `${name}.${column}`).toBe(key.length === 1);
      }
      const together = key.length === 1 ? undefined : [{ unique_together: { arguments: { columns: key } } }];
      expect(model?.data_tests, name).toEqual(together);
    }
  });
});
