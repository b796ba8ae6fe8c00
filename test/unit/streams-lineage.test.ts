/** Lineage as the API tells it, by element and by document, and the edges that are made of it. */
import { describe, expect, it } from 'vitest';
import { entryReader } from '../../src/extractors/entry.ts';
import { workbookLineage } from '../../src/extractors/streams/content/workbook-lineage.ts';
import { documentEdges, lineageEdges } from '../../src/extractors/streams/shared/lineage.ts';

describe('the edges of a lineage', () => {
  it('carry the nodes they join, or null where those are not told', () => {
    const node = { nodeId: 'a', type: 'table', name: 'ORDERS' };
    const edges = lineageEdges({
      dependencies: { a: node },
      edges: [
        { source: 'a', target: 'b', type: 'source' },
        { source: 'constructor', target: 'a', type: 'lookup' },
      ],
    });
    expect(edges).toEqual([
      { source: 'a', target: 'b', type: 'source', sourceNode: node, targetNode: null },
      { source: 'constructor', target: 'a', type: 'lookup', sourceNode: null, targetNode: node },
    ]);
  });

  it.each([undefined, null, [], 'none'])('survive dependencies that are %j', (dependencies) => {
    const edge = { source: 'a', target: 'b', type: 'source' };
    const nodes = { sourceNode: null, targetNode: null };
    expect(lineageEdges({ dependencies, edges: [edge] })).toEqual([{ ...edge, ...nodes }]);
  });

  it('name elements by their own ids and tables by their long ones', () => {
    // As recorded in the tests of DataHub.
    const nodes = {
      qrL7BEq8LR: { nodeId: 'qrL7BEq8LR', type: 'sheet', name: 'Count', elementId: 'Ml9C5ezT5W' },
      'inode-49HFLTr6xytgrPly3PFsNC': {
        nodeId: 'inode-49HFLTr6xytgrPly3PFsNC',
        type: 'dataset',
        name: 'PETS',
      },
    };
    const edge = { source: 'inode-49HFLTr6xytgrPly3PFsNC', target: 'qrL7BEq8LR', type: 'source' };
    expect(lineageEdges({ dependencies: nodes, edges: [edge] })).toMatchObject([
      { source: '8891fd40-5470-4ff2-a74f-6e61ee44d3fc', target: 'Ml9C5ezT5W', type: 'source' },
    ]);
  });

  it('are none where there are none, while a body of another shape is rejected', () => {
    expect(lineageEdges({ dependencies: {}, edges: [] })).toEqual([]);
    const read = entryReader(workbookLineage, { workbookId: 'w', elementId: 'e' }, () => undefined);
    for (const body of [{}, { edges: 'many' }, { edges: [null] }, { edges: [{ source: 'a' }] }]) {
      const [entry] = lineageEdges(body);
      expect(read(entry)).toMatchObject({ rejected: true });
    }
  });
});

describe('the lineage of a document', () => {
  it('has an edge from each source of an element', () => {
    const sourceIds = ['e2', 'inode-5LqGLu14qUnqh3cN6wRJBd', 'inode-short', 'm1/xyz', 'Custom SQL', 'e2'];
    const entry = { type: 'element', elementId: 'e1', sourceIds, dataSourceIds: ['d'] };
    const targetNode = { nodeId: 'e1', type: 'sheet', elementId: 'e1', dataSourceIds: ['d'] };
    expect(documentEdges(entry, 'w')).toEqual(
      ['e2', 'bd6b86e8-cd4a-4b25-ab65-f258c2a68a8f', 'inode-short', 'm1/xyz', 'Custom SQL'].map((source) => ({
        ...{ elementId: 'e1', source, target: 'e1', type: 'source', sourceNode: null, targetNode },
      })),
    );
    expect(documentEdges({ ...entry, sourceIds: null }, 'w')).toEqual([]);
  });

  it.each([
    [{ type: 'table', inodeId: 'i', connectionId: 'c', name: 'ORDERS' }, 'i'],
    [{ type: 'data-model', dataModelId: 'm', connectionId: null, name: 'Orders' }, 'm/Orders'],
    [{ type: 'data-model', dataModelId: 'm', connectionId: null, name: null }, 'm'],
    [{ type: 'customSQL', definition: 'select 1', connectionId: 'c', name: 'SQL 1' }, 'SQL 1'],
    [{ type: 'customSQL', definition: 'select 1', connectionId: 'c', name: 'SQL 1', customSqlId: 'q' }, 'q'],
    [{ type: 'csv-upload', csvId: 'u', connectionId: null, name: 'a.csv' }, 'u'],
    [{ type: 'semantic-view', semanticViewId: 's', semanticViewTable: 'V', connectionId: 'c' }, 's'],
  ])('has an edge to the document from %j', (entry, source) => {
    const [edge, ...more] = documentEdges(entry, 'w');
    expect(more).toEqual([]);
    expect(edge).toMatchObject({ elementId: 'w', source, target: 'w', type: 'document' });
    const read = entryReader(workbookLineage, { workbookId: 'w' }, () => undefined);
    expect(read(edge)).not.toHaveProperty('rejected');
  });

  it('is rejected where it has another shape', () => {
    const read = entryReader(workbookLineage, { workbookId: 'w' }, () => undefined);
    for (const node of [
      null,
      'x',
      { elementId: 'e', sourceIds: 'many' },
      { elementId: 'e', sourceIds: [{}] },
    ])
      for (const edge of documentEdges(node, 'w')) expect(read(edge)).toMatchObject({ rejected: true });
  });
});
