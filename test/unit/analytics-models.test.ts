import { expect, it } from 'vitest';
import type { Names } from '../../src/analytics/model.ts';
import { models } from '../../src/analytics/model-catalogue.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';

/** The names in the SQL of a model. */
function namesIn(model: (typeof models)[number]): { streams: Set<string>; models: Set<string> } {
  const found = { streams: new Set<string>(), models: new Set<string>() };
  const table = (name: string): string => {
    if (catalogue.some((stream) => stream.name === name)) found.streams.add(name);
    return `"sigma"."${name}"`;
  };
  const names: Names = {
    live: (name) => `(select * from ${table(name)})`,
    raw: table,
    model: (name) => {
      found.models.add(name);
      return `"sigma_analytics"."${name}"`;
    },
    state: (name) => `"sigma_sync"."${name}"`,
    options: { staleDays: 90, internalDomains: [], auditLog: undefined },
  };
  model.sql(names);
  return found;
}

it('each comes after what it is made of, and says what that is', () => {
  const before: string[] = [];
  for (const model of models) {
    const used = namesIn(model);
    for (const name of used.models) expect(before, `${model.name} uses ${name}`).toContain(name);
    // A stream or model that is not among its inputs neither refreshes nor recreates it.
    const wanted = model.kind === 'materialized' ? [...used.streams, ...used.models] : [...used.models];
    expect(
      wanted.filter((name) => !model.inputs.includes(name)),
      `inputs of ${model.name}`,
    ).toEqual([]);
    if (model.kind === 'materialized') expect([...model.inputs].sort(), model.name).toEqual(wanted.sort());
    before.push(model.name);
  }
});

it('each stored one has a key among its columns, and each column a comment', () => {
  for (const { name, kind, key, columns } of models) {
    if (kind === 'materialized') expect(key?.length, name).toBeGreaterThan(0);
    for (const column of key ?? []) expect(Object.keys(columns), name).toContain(column);
    for (const [column, text] of Object.entries(columns)) {
      if (kind === 'function') expect(text, `${name}.${column}`).toMatch(/^[a-z ]+: \S/);
      else expect(text, `${name}.${column}`).not.toBe('');
    }
  }
});
