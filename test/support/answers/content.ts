/** Models about workbooks and other documents, worked out naively. */
import { edges } from './lineage.ts';
import { byText, type Entry, grouped, latest, nameOf, type Row, type Seen } from './seen.ts';

const DAY = 86_400_000;

/** Folders and workspaces above something, the nearest first. */
export function above(files: ReadonlyMap<unknown, Entry>, parentId: unknown): Entry[] {
  const chain: Entry[] = [];
  for (let id = parentId; id != null; ) {
    const file = files.get(id);
    if (file === undefined || chain.includes(file) || !['folder', 'workspace'].includes(String(file['type'])))
      break;
    chain.push(file);
    id = file['parentId'];
  }
  return chain;
}

/** `workbook_inventory`; the two signatures are what they stand for. */
export function inventory(seen: Seen): Row[] {
  const of = (stream: string): ((id: unknown) => Entry[]) => grouped(seen.live(stream), 'workbookId');
  const [bookmarks, embeds] = [of('workbook_bookmarks'), of('workbook_embeds')];
  const materializations = of('workbook_materialization_schedules');
  return documents(seen, { stream: 'workbook', id: 'workbookId', tag: ['name', 'taggedWorkbookId'] }).map(
    ({ id, ...row }) => ({
      workbook_id: id,
      ...row,
      bookmarks: bookmarks(id).length,
      embeds: embeds(id).length,
      public_embeds: embeds(id).filter((one) => one['public'] === true).length,
      materializations: materializations(id).length,
    }),
  );
}

/** `report_inventory`, likewise. */
export function reportInventory(seen: Seen): Row[] {
  const kind = { stream: 'report', id: 'reportId', tag: ['tagName', 'taggedReportId'] } as const;
  return documents(seen, kind).map(({ id, ...row }) => ({ report_id: id, ...row }));
}

interface Kind {
  readonly stream: 'workbook' | 'report';
  readonly id: string;
  /** Fields of a tag: its name, and the tagged version. */
  readonly tag: readonly [name: string, taggedId: string];
}

/** The common parts of workbooks and reports. */
function documents(seen: Seen, { stream, id: field, tag: [tagName, taggedId] }: Kind): Row[] {
  const members = seen.by('members', 'memberId');
  const files = seen.by('files', 'id');
  const of = (child: string): ((id: unknown) => Entry[]) => grouped(seen.live(`${stream}_${child}`), field);
  const [pages, elements, columns] = [of('pages'), of('elements'), of('columns')];
  const controls = of('controls');
  const sources = sourcesOf(seen, stream, field);
  const [schedules, versions] = [of('schedules'), of('versions')];
  const opened = grouped(seen.live('member_recent_files'), 'id');
  const taggedFrom = new Map<unknown, unknown>();
  for (const document of seen.live(`${stream}s`))
    for (const tag of tagsOf(document)) taggedFrom.set(tag[taggedId], document[field]);

  return seen.live(`${stream}s`).map((document) => {
    const id = document[field];
    const owner = members.get(document['ownerId']);
    const file = files.get(id);
    const workspaces = above(files, file?.['parentId']).filter(({ type }) => type === 'workspace');
    const workspace = workspaces.sort((a, b) => byText(a['id'], b['id']))[0];
    const from = sources(id);
    const ofType = (type: string): number => from.filter((source) => source['type'] === type).length;
    const shapes = elements(id).map((element) => [
      ...[
        element['type'],
        element['vizualizationType'] ?? '',
        (element['columns'] as unknown[])?.length ?? 0,
      ],
    ]);
    return {
      id,
      name: document['name'],
      url: document['url'],
      description: document['description'] ?? null,
      owner_id: document['ownerId'],
      owner_name: nameOf(owner),
      owner_email: owner?.['email'] ?? null,
      owner_is_active: owner !== undefined && owner['isArchived'] !== true && owner['isInactive'] !== true,
      folder_id: file?.['parentId'] ?? null,
      folder_path: file?.['path'] ?? document['path'],
      workspace_id: workspace?.['id'] ?? null,
      workspace_name: workspace?.['name'] ?? null,
      tags: [...new Set(tagsOf(document).map((tag) => tag[tagName]))].sort(byText),
      is_archived: document['isArchived'],
      tagged_version_of: taggedFrom.get(id) ?? null,
      latest_version: document['latestVersion'],
      versions: versions(id).length,
      pages: pages(id).length,
      hidden_pages: pages(id).filter(({ hidden }) => hidden === true).length,
      elements: elements(id).length,
      charts: elements(id).filter(({ type }) => type === 'visualization').length,
      broken: elements(id).filter(({ error }) => error !== undefined).length,
      columns: columns(id).length,
      controls: controls(id).length,
      sources: from.length,
      source_tables: ofType('table'),
      source_datasets: ofType('dataset'),
      source_data_models: ofType('data-model'),
      source_signature:
        from.length === 0
          ? null
          : from
              .map((source) => source['key'])
              .sort(byText)
              .join(),
      shape_signature: shapes.length === 0 ? null : shapes.map(String).sort(byText).join(' '),
      schedules: schedules(id).length,
      active_schedules: schedules(id).filter(
        (one) => one['isSuspended'] === false && one['disabledAt'] === null,
      ).length,
      badge: file?.['badge'] ?? null,
      is_certified: file?.['badge'] != null,
      created_at: document['createdAt'],
      created_by: document['createdBy'],
      updated_at: document['updatedAt'],
      last_published_at: latest(versions(id).map((version) => version['publishedAt'])),
      last_opened_at: latest(opened(id).map((one) => one['lastInteractionAt'])),
      openers: new Set(opened(id).map((one) => one['memberId'])).size,
    };
  });
}

const OUTSIDE = ['table', 'dataset', 'data-model', 'custom-sql', 'csv-upload', 'semantic-view'];

/** The sources of a document, each once: by its sources and by the lineage. */
function sourcesOf(seen: Seen, stream: string, field: string): (id: unknown) => Entry[] {
  const named = grouped(seen.live(`${stream}_sources`), field);
  const outside = new Map<unknown, Map<unknown, unknown>>();
  for (const edge of edges(seen)) {
    const { upstream_id: node, upstream_type: type, downstream_type: to, kind } = edge;
    const isFromOutside = to === stream || (to === 'element' && OUTSIDE.includes(String(type)));
    if (kind === 'part' || !isFromOutside) continue;
    const [document] = String(edge['downstream_id']).split(':');
    const nodes = outside.get(document) ?? new Map<unknown, unknown>();
    outside.set(document, nodes.set(node, type === 'unknown' ? nodes.get(node) : type));
  }
  return (id) => {
    const nodes = new Map<unknown, { type: unknown; keys: unknown[] }>();
    for (const [node, type] of outside.get(id) ?? []) nodes.set(node, { type, keys: [] });
    const kinds = new Set([...(outside.get(id)?.values() ?? [])]);
    const idless: Entry[] = [];
    for (const source of named(id)) {
      const { inodeId, dataModelId, customSqlId, type, sourceKey: key } = source;
      const node = inodeId ?? dataModelId ?? (customSqlId === undefined ? null : `${id}:${customSqlId}`);
      if (node === null) {
        if (!kinds.has(type)) idless.push({ type, key });
        continue;
      }
      const known = nodes.get(node) ?? { type, keys: [] };
      nodes.set(node, { type: known.type ?? type, keys: [...known.keys, key] });
    }
    const all = [...nodes].map(([node, { type, keys }]) => ({
      type,
      key: keys.length > 0 ? keys.sort(byText).join('+') : `${type}:${String(node).replace(/^.*:/, '')}`,
    }));
    return [...all, ...idless];
  };
}

/** The tags of a document's own entry: archived ones have no other. */
function tagsOf(document: Entry): Entry[] {
  return (document['tags'] as Entry[] | undefined) ?? [];
}

const pick = (row: Row, ...columns: string[]): Row =>
  Object.fromEntries(columns.map((column) => [column, row[column]]));

const isOrdinary = (row: Row): boolean => row['is_archived'] === false && row['tagged_version_of'] === null;

/** `stale_workbooks` at a time. */
export function stale(seen: Seen, now: number, staleDays: number): Row[] {
  return idleOf(inventory(seen), now, staleDays, 'public_embeds', 'materializations');
}

/** `stale_reports`, likewise. */
export function staleReports(seen: Seen, now: number, staleDays: number): Row[] {
  return idleOf(reportInventory(seen), now, staleDays);
}

function idleOf(all: readonly Row[], now: number, staleDays: number, ...more: string[]): Row[] {
  return all.filter(isOrdinary).flatMap((row) => {
    const last = latest([row['last_opened_at'], row['updated_at'], row['created_at']]);
    const idle = now - Date.parse(String(last));
    if (idle <= staleDays * DAY) return [];
    return [
      {
        ...pick(
          row,
          ...['workbook_id', 'report_id'].filter((id) => id in row),
          'name',
          'url',
          'owner_id',
          'owner_name',
          'owner_email',
          'owner_is_active',
        ),
        ...pick(row, 'folder_path', 'last_opened_at', 'updated_at'),
        idle_days: Math.floor(idle / DAY),
        ...pick(row, 'active_schedules', ...more),
      },
    ];
  });
}

/** `duplicate_workbooks`; the hash is what it stands for. */
export const duplicates = (seen: Seen): Row[] => copiesIn(inventory(seen), 'workbook_id');

/** `duplicate_reports`, likewise. */
export const duplicateReports = (seen: Seen): Row[] => copiesIn(reportInventory(seen), 'report_id');

function copiesIn(all: readonly Row[], id: string): Row[] {
  const groups = Map.groupBy(all.filter(isOrdinary), (row) =>
    JSON.stringify([
      String(row['name']).trim().toLowerCase(),
      row['source_signature'],
      row['shape_signature'],
    ]),
  );
  return [...groups].flatMap(([copiesId, rows]) => {
    if (rows.length < 2) return [];
    const [best] = rows.toSorted(
      (a, b) =>
        Number(b['openers']) - Number(a['openers']) ||
        byText(b['updated_at'], a['updated_at']) ||
        byText(a[id], b[id]),
    );
    return rows.map((row) => ({
      copies_id: copiesId,
      copies: rows.length,
      ...pick(row, id, 'name', 'url', 'owner_id', 'owner_name', 'folder_path', 'elements', 'sources'),
      ...pick(row, 'updated_at', 'last_opened_at', 'openers'),
      is_most_used: row === best,
    }));
  });
}

/** `orphaned_content`. */
export function orphans(seen: Seen): Row[] {
  const members = seen.ever('members');
  const files = seen.by('files', 'id');
  const documents = [
    ...seen.live('files').map((file) => ({ ...file, inode: file['id'], kind: file['type'] })),
    ...seen.live('workbooks').map((one) => ({ ...one, inode: one['workbookId'], kind: 'workbook' })),
    ...seen.live('reports').map((one) => ({ ...one, inode: one['reportId'], kind: 'report' })),
    ...seen.live('data_models').map((one) => ({ ...one, inode: one['dataModelId'], kind: 'data-model' })),
    ...seen
      .live('datasets')
      .map(({ owner: ownerId, ...one }) => ({ ...one, ownerId, inode: one['datasetId'], kind: 'dataset' })),
  ] as Entry[];
  return documents
    .filter((one) => one['id'] !== undefined || !files.has(one['inode']))
    .filter((one) => one['isArchived'] !== true && one['ownerId'] != null)
    .flatMap((one) => {
      const owner = members.get(one['ownerId']);
      const reason =
        owner === undefined
          ? 'unknown'
          : owner.isGone
            ? 'deleted'
            : owner.entry['isArchived'] === true
              ? 'archived'
              : owner.entry['isInactive'] === true
                ? 'inactive'
                : undefined;
      if (reason === undefined) return [];
      return [
        {
          inode_id: one['inode'],
          type: one['kind'],
          name: one['name'],
          folder_path: one['path'] ?? null,
          owner_id: one['ownerId'],
          owner_name: nameOf(owner?.entry),
          owner_email: owner?.entry['email'] ?? null,
          reason,
          updated_at: one['updatedAt'],
        },
      ];
    });
}
