/** Holds what we ask of Sigma against the vendor's specification. */
import { describe, expect, test } from 'vitest';
import { EventBus } from '../../src/core/events/bus.ts';
import { openSource } from '../../src/exports/read/source.ts';
import { systemClock } from '../../src/sigma/clock.ts';
import { definitionOf } from '../support/export-definition.ts';
import { asObject, documented, type Json, mismatches } from './schema-walker.ts';
import { isThere, operationOf, readSpecification } from './specification.ts';

/** From the vendor's recipes; newer than the specification. */
const NEWER = ['runAsynchronously'];

describe.runIf(isThere)('requests for exports fit the specification', () => {
  const spec: Json = isThere ? readSpecification() : {};
  const schemaOfRequest = (): unknown => {
    const operation = operationOf(spec, 'POST /v2/workbooks/{workbookId}/export');
    const content = asObject(asObject(operation['requestBody'])['content']);
    return asObject(content['application/json'])['schema'];
  };

  test.each([
    ['plain', {}],
    ['JSON lines', { format: 'jsonl' as const }],
    [
      'with everything',
      { parameters: { Region: 'EMEA' }, tag: 'Production', exportAs: 'member', rowLimit: 500 },
    ],
  ])('%s', async (_, changes) => {
    const window = {
      column: 'At',
      control: 'API-Date-Filter',
      start: new Date(0),
      stepMs: 86_400_000,
      lookbackMs: 0,
    };
    const definition = definitionOf({ workbookId: 'w', elementId: 'e' }, { ...changes, window });
    const bodies: Json[] = [];
    const client = {
      requestExport: async (_path: string, body: unknown) => {
        bodies.push(asObject(body));
        throw new Error('enough');
      },
      download: () => Promise.reject(new Error('not asked for')),
    };
    const signal = new AbortController().signal;
    const options = { client, clock: systemClock, events: new EventBus(), signal, workbookId: 'w' };
    const source = openSource(definition, options);
    const range = { from: new Date('2026-11-23T00:00:00Z'), to: new Date('2026-11-24T00:00:00Z') };
    await expect(source.prepare(range, 499).open()).rejects.toThrow('enough');

    const schema = schemaOfRequest();
    const [body = {}] = bodies;
    expect(body['parameters']).toMatchObject({
      'API-Date-Filter': 'min:2026-11-23T00:00:00,max:2026-11-24T00:00:00',
    });
    const known = Object.fromEntries(Object.entries(body).filter(([name]) => !NEWER.includes(name)));
    expect(mismatches(spec, schema, known)).toEqual([]);
    for (const name of Object.keys(known)) expect(documented(spec, schema)).toContain(name);
  });
});
