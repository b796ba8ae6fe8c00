import type { Model, Names } from '../model.ts';

const COLUMNS = {
  node_id: 'text: the node; elements and custom SQL are named document:id',
  type: 'text: table, custom-sql, dataset, data-model, element, workbook, report, …',
  name: 'text: its title',
  document_type: 'text: workbook, report or data-model; null for a node outside documents',
  document_id: 'text: the document of an element or custom SQL, or the document itself; else null',
  owner_id: 'text: member who owns it, or its document',
  is_archived: 'boolean: true once it, or its document, is archived',
  depth: 'integer: edges on the shortest path',
};

/**
 * Breadth first, each node once: lineage may have cycles. Rows go out level by level, which puts the nearest first without
 * sorting them all.
 */
function walk({ model }: Names, from: string, to: string, found: string): string {
  return `
declare
  seen bigint[] := array(select o.node_hash from ${model('lineage_nodes')} o where o.node_id = $1);
  front bigint[] := seen;
  step integer := 0;
begin
  loop
    step := step + 1;
    select array_agg(n.hash) into front
      from (select l.${to}_hash as hash from ${model('lineage')} l where l.${from}_hash = any (front)
            except select s.hash from unnest(seen) s(hash)) n;
    exit when front is null;
    seen := seen || front;
    return query
      ${found};
  end loop;
end`;
}

const named = ({
  model,
}: Names): string => `select o.node_id, o.type, o.name, o.document_type, o.document_id, o.owner_id, o.is_archived, step
        from ${model('lineage_nodes')} o where o.node_hash = any (front)
       order by o.node_hash`;

const COUNTED = 'select f.hash, step from unnest(front) f(hash)';

/** A walk that names nothing: more than half of the time of the others goes into names. */
const steps = (name: string, of: string, from: string, to: string): Model => ({
  name,
  kind: 'function',
  about: `The nodes of ${of}() without their names, in less than half of the time: for those who count them, or join a few to lineage_nodes.`,
  parameters: 'inode text',
  language: 'plpgsql',
  columns: { node_hash: 'bigint: the node, as in lineage_nodes', depth: COLUMNS.depth },
  inputs: ['lineage', 'lineage_nodes'],
  // Of more, those who join them would read all nodes there are.
  rows: 100,
  sql: (names) => walk(names, from, to, COUNTED),
});

export const impactSteps = steps('impact_steps', 'impact_of', 'upstream', 'downstream');
export const upstreamSteps = steps('upstream_steps', 'upstream_of', 'downstream', 'upstream');

/** Everything downstream of a node. */
export const impactOf: Model = {
  name: 'impact_of',
  kind: 'function',
  about:
    'Everything that takes data from a connection, table, custom SQL, semantic view, upload, dataset, data model, element, workbook or report, directly or not, and breaks if it goes. One row per node, the nearest first.',
  parameters: 'inode text',
  language: 'plpgsql',
  columns: COLUMNS,
  inputs: ['lineage', 'lineage_nodes'],
  sql: (names) => walk(names, 'upstream', 'downstream', named(names)),
};

/** Everything upstream of a node. */
export const upstreamOf: Model = {
  name: 'upstream_of',
  kind: 'function',
  about: 'Everything that a node takes its data from, directly or not: one row per node, the nearest first.',
  parameters: 'inode text',
  language: 'plpgsql',
  columns: COLUMNS,
  inputs: ['lineage', 'lineage_nodes'],
  sql: (names) => walk(names, 'downstream', 'upstream', named(names)),
};
