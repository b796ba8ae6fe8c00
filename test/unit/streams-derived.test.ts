/** Values that declarations compute: keys of entries without an id, and the edges of a lineage. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entryReader } from '../../src/extractors/entry.ts';
import type { Stream } from '../../src/extractors/stream.ts';
import { ownerOfClient } from '../../src/extractors/streams/access/api-clients.ts';
import { translationKey } from '../../src/extractors/streams/content/translations.ts';
import { workbookColumns } from '../../src/extractors/streams/content/workbook-columns.ts';
import { dataModelColumns } from '../../src/extractors/streams/data/data-model-columns.ts';
import { dataModelSources } from '../../src/extractors/streams/data/data-model-sources.ts';
import { datasetMaterializations } from '../../src/extractors/streams/data/dataset-materializations.ts';
import { licenseType } from '../../src/extractors/streams/people/account-types.ts';
import { columnKey } from '../../src/extractors/streams/shared/element-fields.ts';
import { sourceKey } from '../../src/extractors/streams/shared/source-key.ts';
import { unseenId } from '../../src/extractors/streams/shared/unseen-id.ts';

type Entry = Readonly<Record<string, unknown>>;

/**
 * UUIDs, 22 characters of base 62, and opaque ids: none of them has a colon, a slash or an at sign. Some are drawn
 * from two, so that equal ones meet.
 */
const id = fc.oneof(fc.constantFrom('a', 'b'), fc.stringMatching(/^[A-Za-z0-9_-]{1,36}$/));
const type = fc.constantFrom('table', 'dataset', 'data-model', 'custom-sql');

const source: fc.Arbitrary<Entry> = fc
  .record({
    type,
    field: fc.constantFrom('inodeId', 'dataModelId', 'datasetId', 'tableId'),
    id,
    tag: fc.option(id, { nil: undefined }),
  })
  .map((it) => ({
    type: it.type,
    [it.field]: it.id,
    ...(it.tag === undefined ? {} : { versionTagId: it.tag }),
  }));

/** The row as an object, without rejections. */
function rowOf(
  stream: Stream,
  params: Readonly<Record<string, string>>,
  entry: unknown,
): Record<string, unknown> {
  const read = entryReader(stream, params, () => undefined)(entry);
  if (!('cells' in read)) throw new Error(`not a row: ${JSON.stringify(read)}`);
  return Object.fromEntries(stream.columns.map((column, index) => [column.name, read.cells[index]]));
}

describe('sourceKey', () => {
  it('is the type and the id, whatever the id is called', () => {
    expect(sourceKey({ type: 'table', inodeId: 'i1' })).toBe('table:i1');
    expect(sourceKey({ type: 'table', tableId: 't1' })).toBe('table:t1');
    expect(sourceKey({ type: 'dataset', datasetId: 'd1' })).toBe('dataset:d1');
    for (const definition of ['select 1', 'select 2'])
      expect(sourceKey({ type: 'custom-sql', connectionId: 'c', definition, customSqlId: 'q1' })).toBe(
        'custom-sql:q1',
      );
    expect(sourceKey({ type: 'data-model', dataModelId: 'm1', elementIds: ['e1'] })).toBe('data-model:m1');
  });

  it('tells versions with different tags apart', () => {
    expect(sourceKey({ type: 'data-model', dataModelId: 'm1', versionTagId: 'v1' })).toBe('data-model:m1@v1');
  });

  it('is a hash of the entry where it has no id that is known', () => {
    const entry = { type: 'custom-sql', connectionId: 'c1', sql: 'select 1' };
    const hash = createHash('sha256').update(JSON.stringify(entry)).digest('hex');
    expect(sourceKey(entry)).toBe(`custom-sql:${hash.slice(0, 32)}`);
    expect(sourceKey({ ...entry, inodeId: null, tableId: '' })).toMatch(/^custom-sql:[0-9a-f]{32}$/);
  });

  it('is undefined where the entry is too deep to be stored, and does not throw', () => {
    let deep: unknown = null;
    for (let level = 0; level < 100_000; level++) deep = [deep];
    expect(sourceKey({ type: 'custom', deep })).toBeUndefined();
  });

  it('is the same for the same entry, whatever else the entry says or in which order', () => {
    fc.assert(
      fc.property(source, fc.array(id), (entry, elementIds) => {
        const key = sourceKey(entry);
        expect(sourceKey({ ...entry })).toBe(key);
        expect(sourceKey(Object.fromEntries(Object.entries({ ...entry, elementIds }).reverse()))).toBe(key);
      }),
    );
  });

  it('differs where type, id or version tag do', () => {
    const identity = (entry: Entry): string =>
      JSON.stringify([
        entry['type'],
        entry['inodeId'] ?? entry['dataModelId'] ?? entry['datasetId'] ?? entry['tableId'],
        entry['versionTagId'] ?? null,
      ]);
    fc.assert(
      fc.property(source, source, (one, other) => {
        expect(sourceKey(one) === sourceKey(other)).toBe(identity(one) === identity(other));
      }),
    );
  });

  it('differs for different entries without an id', () => {
    const entry = fc.record({ type, name: fc.string(), options: fc.jsonValue() });
    fc.assert(
      fc.property(entry, entry, (one, other) => {
        expect(sourceKey(one) === sourceKey(other)).toBe(JSON.stringify(one) === JSON.stringify(other));
      }),
    );
  });

  it('leaves the data model of a source apart from the one it is a source of', () => {
    const params = { dataModelId: 'm1' };
    const row = rowOf(dataModelSources, params, { type: 'data-model', dataModelId: 'm2', elementIds: ['e'] });
    expect(row).toMatchObject({
      data_model_id: 'm1',
      source_data_model_id: 'm2',
      source_key: 'data-model:m2',
    });
    const table = rowOf(dataModelSources, params, { type: 'table', tableId: 't' });
    expect(table).toMatchObject({ data_model_id: 'm1', source_data_model_id: null, source_key: 'table:t' });
  });
});

describe('translationKey', () => {
  it('is the language, with the variant where there is one', () => {
    expect(translationKey({ lng: 'en-gb', lng_variant: null })).toBe('en-gb');
    expect(translationKey({ lng: 'en-gb' })).toBe('en-gb');
    expect(translationKey({ lng: 'en-gb', lng_variant: 'formal' })).toBe('en-gb/formal');
    expect(translationKey({ lng_variant: 'formal' })).toBeUndefined();
  });

  it('differs where language or variant do', () => {
    const entry = fc.record({ lng: id, lng_variant: fc.option(fc.string({ minLength: 1 })) });
    fc.assert(
      fc.property(entry, entry, (one, other) => {
        const same = one.lng === other.lng && one.lng_variant === other.lng_variant;
        expect(translationKey(one) === translationKey(other)).toBe(same);
      }),
    );
  });
});

describe('columnKey', () => {
  it('is the element and the column, or the column alone', () => {
    expect(columnKey({ elementId: 'e1', columnId: 'c1' })).toBe('e1/c1');
    expect(columnKey({ columnId: 'c1' })).toBe('c1');
    expect(columnKey({ elementId: 'e1' })).toBeUndefined();
  });

  it('differs where element or column do, though ids of columns hold slashes', () => {
    const column = fc.oneof(
      id,
      fc.tuple(id, id).map(([inode, name]) => `inode-${inode}/${name}`),
    );
    const entry = fc.record({ elementId: id, columnId: column });
    fc.assert(
      fc.property(entry, entry, (one, other) => {
        const same = one.elementId === other.elementId && one.columnId === other.columnId;
        expect(columnKey(one) === columnKey(other)).toBe(same);
      }),
    );
  });

  it('rejects a column without an id', () => {
    const read = entryReader(dataModelColumns, { dataModelId: 'm1' }, () => undefined);
    expect(read({ elementId: 'e1', label: 'Price' })).toEqual({ rejected: true, field: 'columnKey' });
  });
});

describe('a materialization', () => {
  it('is named by when it finished, and rejected where it has not', () => {
    const finishedAt = '2026-05-01T04:00:00.000Z';
    const params = { datasetId: 'd1' };
    const row = rowOf(datasetMaterializations, params, { status: 'success', finishedAt, numBytes: 5e12 });
    expect(row).toMatchObject({
      materialization_key: finishedAt,
      finished_at: finishedAt,
      num_bytes: '5000000000000',
    });
    const read = entryReader(datasetMaterializations, params, () => undefined);
    expect(read({ status: 'marked', finishedAt: null })).toEqual({
      rejected: true,
      field: 'materializationKey',
    });
  });
});

describe('the label of a column', () => {
  it.each([workbookColumns, dataModelColumns])('is also read where it is called name: $name', (stream) => {
    const params = { workbookId: 'w', dataModelId: 'm' };
    const entry = { elementId: 'e', columnId: 'c', formula: '[A]' };
    expect(rowOf(stream, params, { ...entry, label: 'Price' })).toMatchObject({ label: 'Price' });
    expect(rowOf(stream, params, { ...entry, name: 'Price' })).toMatchObject({
      element_id: 'e',
      label: 'Price',
    });
    expect(rowOf(stream, params, { ...entry, label: '', name: 'Price' })).toMatchObject({ label: '' });
  });
});

describe('the type of a column', () => {
  it.each([
    [undefined, null, null],
    ['number', 'number', null],
    [{ type: 'number' }, 'number', null],
    [{ type: 'error' }, 'error', null],
    [{ type: 'list', items: { type: 'text' } }, 'list', '{"type":"list","items":{"type":"text"}}'],
  ])('%j is read without drift', (type, word, detail) => {
    const drift: string[] = [];
    const entry = {
      elementId: 'e',
      columnId: 'c',
      name: 'N',
      formula: 'f',
      ...(type !== undefined && { type }),
    };
    for (const stream of [workbookColumns, dataModelColumns]) {
      const row = entryReader(stream, { workbookId: 'w', dataModelId: 'm' }, (field) => drift.push(field))(
        entry,
      );
      const cells = 'cells' in row ? row.cells : [];
      const at = (name: string): unknown => cells[stream.columns.findIndex((column) => column.name === name)];
      expect([at('type'), at('type_detail')]).toEqual([word, detail]);
    }
    expect(drift).toEqual([]);
  });
});

describe('entries of which no source shows a field', () => {
  it('have the id that they come with, else one of what they say', () => {
    const id = unseenId('clientId', 'id');
    expect(id({ id: 'b', clientId: 'a' })).toBe('a');
    expect(id({ id: 'b', clientId: '' })).toBe('b');
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (entry) => {
        const turned = Object.fromEntries(Object.entries(entry).reverse());
        expect(id(turned)).toBe(id(entry));
      }),
    );
    expect(id({ a: [{ b: 1, c: 2 }] })).toBe(id({ a: [{ c: 2, b: 1 }] }));
    expect(id({ a: 1 })).not.toBe(id({ a: 2 }));
  });

  it('tell whose client it is, and a licence, by whichever name they have', () => {
    expect(ownerOfClient({ memberId: 'm', createdBy: 'c' })).toBe('m');
    expect(ownerOfClient({ createdBy: 'c' })).toBe('c');
    expect(ownerOfClient({})).toBeUndefined();
    expect(licenseType({ accountTypeName: 'x', licenceType: 'view' })).toBe('view');
    expect(licenseType({ license: 3 })).toBeUndefined();
  });
});
