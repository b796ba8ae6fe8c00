/** The name of an object that a list is about. */
import type { Asker } from '../../../../analytics/asker.ts';
import type { Row } from '../../../../core/database/database.ts';

/** An object by its name. */
export interface Named extends Row {
  readonly type: string | null;
  readonly name: string | null;
}

/** Undefined where nothing of that id can be found by name. */
export async function named(asker: Asker, id: string): Promise<Named | undefined> {
  const [known] = await asker.rows<Named>(
    `select n.type, n.name from ${asker.model('object_names')} n where n.id = $1 order by n.type limit 1`,
    [id],
  );
  if (known !== undefined) return known;
  // Elements and custom SQL, and what is gone and still used.
  const [node] = await asker.rows<Named>(
    `select n.type, n.name from ${asker.model('lineage_nodes')} n where n.node_id = $1`,
    [id],
  );
  return node;
}
