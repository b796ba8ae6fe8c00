/** Graphs that the simulator can't make: written into the tables by hand, and into the known truth. */
import type { TestDatabase } from '../database.ts';
import { ask } from './compare.ts';
import type { Entry, Row, Seen } from './seen.ts';

/** Folders and lineage in circles, an archived team, strange permissions, and grants on what is in no listing. */
export async function addCircles(test: TestDatabase, seen: Seen): Promise<void> {
  const ids = (stream: string, id: string, fits: (entry: Entry) => boolean = () => true): string[] =>
    seen
      .live(stream)
      .filter(fits)
      .map((entry) => String(entry[id]));
  const [a = '', b = '', c = '', own = ''] = ids('files', 'id', ({ type }) => type === 'folder');
  const [book = ''] = ids(
    'files',
    'id',
    (file) => file['type'] === 'workbook' && file['isArchived'] === false,
  );
  for (const [id, parentId] of [
    ...[[a, b] as const, [b, c] as const, [c, a] as const, [own, own] as const, [book, a] as const],
  ]) {
    seen.change('files', 'id', id, { parentId });
    await ask(test, 'update sigma.files set parent_id = $2, _synced_at = now() where id = $1', [
      id,
      parentId,
    ]);
  }
  const holders = new Set(seen.live('grants').map((grant) => grant['teamId']));
  const [team = ''] = ids('teams', 'teamId', (one) => holders.has(one['teamId']));
  seen.change('teams', 'teamId', team, { isArchived: true });
  await ask(test, 'update sigma.teams set is_archived = true, _synced_at = now() where team_id = $1', [team]);

  const [memberId = ''] = ids('members', 'memberId', (member) => member['isArchived'] === false);
  const [other = ''] = ids(
    'team_members',
    'teamId',
    (one) => one['userId'] === memberId && one['teamId'] !== team,
  );
  for (const [grantId, inodeId, holder, permission] of [
    ['g1', 'unlisted', { memberId, teamId: null }, 'view'],
    ['g2', book, { memberId, teamId: null }, 'observe'],
    ['g3', b, { memberId, teamId: null }, 'annotate'],
    ['g4', c, { memberId: null, teamId: other }, 'explore'],
    ['g5', own, { memberId: null, teamId: team }, 'edit'],
  ] as const) {
    const grant = { grantId, inodeId, inodeType: 'dataset', ...holder, permission, createdAt: null };
    seen.live('grants').push(grant);
    await insert(test, 'grants', {
      ...{ grant_id: grantId, inode_id: inodeId, inode_type: 'dataset', permission },
      ...{ member_id: holder.memberId, team_id: holder.teamId },
    });
  }

  const models = ids('data_models', 'dataModelId');
  for (const [i, dataModelId] of models.slice(0, 3).entries()) {
    // The first three are made of each other, and the first of itself as well.
    for (const source of [models[(i + 1) % 3], ...(i === 0 ? [dataModelId] : [])]) {
      const sourceKey = `data-model:${source}@circle`;
      seen
        .live('data_model_sources')
        .push({ dataModelId, sourceKey, type: 'data-model', sourceDataModelId: source });
      await insert(test, 'data_model_sources', {
        ...{
          data_model_id: dataModelId,
          source_key: sourceKey,
          type: 'data-model',
          source_data_model_id: source,
        },
      });
    }
  }
  const perBook = Map.groupBy(seen.live('workbook_elements'), (element) => element['workbookId']);
  // If no workbook has three elements, the circle is smaller.
  const [elements = []] = [...perBook.values()].toSorted((one, two) => two.length - one.length);
  const [x, y = x, z = y] = elements;
  for (const [from, to] of [...[[x, y] as const, [y, z] as const, [z, x] as const, [x, x] as const]]) {
    const edge = { workbookId: x?.['workbookId'], elementId: to?.['elementId'], type: 'circle' };
    const [source, target] = [from?.['elementId'], to?.['elementId']];
    seen.live('workbook_lineage').push({ ...edge, source, target, sourceNode: null, targetNode: null });
    await insert(test, 'workbook_lineage', {
      ...{ workbook_id: edge.workbookId, element_id: edge.elementId, type: edge.type, source, target },
    });
  }
}

async function insert(test: TestDatabase, table: string, row: Row): Promise<void> {
  const columns = Object.keys(row);
  await ask(
    test,
    `insert into sigma.${table} (${columns.join(', ')}, _raw, _first_synced_at, _synced_at)
     values (${columns.map((_, i) => `$${i + 1}`).join(', ')}, '{}', now(), now())`,
    Object.values(row),
  );
}
