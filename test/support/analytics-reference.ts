/** The answers of the analytics schema, worked out naively from the entries of an organization: one loop inside another. */
import { accessOf } from './access-reference.ts';
import type { Entries, Entry } from './analytics-truth.ts';

/** Rows of a model as the reference has them: columns by name. */
export type Rows = Record<string, unknown>[];

const str = (value: unknown): string => String(value ?? '');
const byText = (a: unknown, b: unknown): number => (str(a) < str(b) ? -1 : str(a) > str(b) ? 1 : 0);
const timeOf = (value: unknown): number =>
  value == null ? Number.NEGATIVE_INFINITY : Date.parse(str(value));
const latest = (values: readonly unknown[]): string | null => {
  const best = Math.max(Number.NEGATIVE_INFINITY, ...values.map(timeOf));
  return best === Number.NEGATIVE_INFINITY ? null : new Date(best).toISOString();
};
const nameOf = (member: Entry | undefined): string | null =>
  member === undefined ? null : `${str(member['firstName'])} ${str(member['lastName'])}`.trim() || null;

/** `workbook_inventory`. */
export function inventory(of: Entries): Rows {
  return of('workbooks').map((workbook) => {
    const id = workbook['workbookId'];
    const mine = (stream: string): readonly Entry[] => of(stream).filter((one) => one['workbookId'] === id);
    const owner = of('members').find((member) => member['memberId'] === workbook['ownerId']);
    const file = of('files').find((one) => one['id'] === id);
    const workspace = workspaceOf(of, file?.['parentId']);
    const opens = of('member_recent_files').filter(
      (one) => one['id'] === id && one['lastInteractionAt'] != null,
    );
    const sources = mine('workbook_sources');
    const tags = new Set(mine('workbook_tags').map((tag) => str(tag['name'])));
    const schedules = mine('workbook_schedules');
    return {
      workbook_id: id,
      name: workbook['name'],
      owner_id: workbook['ownerId'] ?? null,
      owner_name: nameOf(owner),
      owner_is_active: owner !== undefined && owner['isArchived'] !== true && owner['isInactive'] !== true,
      folder_id: file?.['parentId'] ?? null,
      folder_path: file?.['path'] ?? workbook['path'] ?? null,
      workspace_id: workspace?.['id'] ?? null,
      workspace_name: workspace?.['name'] ?? null,
      tags: [...tags].sort(byText),
      is_archived: workbook['isArchived'] === true,
      tagged_version_of:
        of('workbook_tags')
          .filter((tag) => tag['taggedWorkbookId'] === id && tag['workbookId'] !== id)
          .map((tag) => tag['workbookId'])
          .sort(byText)[0] ?? null,
      versions: mine('workbook_versions').length,
      pages: mine('workbook_pages').length,
      hidden_pages: mine('workbook_pages').filter((page) => page['hidden'] === true).length,
      elements: mine('workbook_elements').length,
      charts: mine('workbook_elements').filter((one) => one['type'] === 'visualization').length,
      broken: mine('workbook_elements').filter((one) => one['error'] != null).length,
      columns: mine('workbook_columns').length,
      controls: mine('workbook_controls').length,
      bookmarks: mine('workbook_bookmarks').length,
      sources: sources.length,
      source_tables: sources.filter((one) => one['type'] === 'table').length,
      source_datasets: sources.filter((one) => one['type'] === 'dataset').length,
      source_data_models: sources.filter((one) => one['type'] === 'data-model').length,
      schedules: schedules.length,
      active_schedules: schedules.filter((one) => one['isSuspended'] !== true && one['disabledAt'] == null)
        .length,
      embeds: mine('workbook_embeds').length,
      public_embeds: mine('workbook_embeds').filter((one) => one['public'] === true).length,
      materializations: mine('workbook_materialization_schedules').length,
      is_certified: file?.['badge'] != null,
      last_published_at: latest(mine('workbook_versions').map((one) => one['publishedAt'])),
      last_opened_at: latest(opens.map((one) => one['lastInteractionAt'])),
      openers: new Set(opens.map((one) => one['memberId'])).size,
    };
  });
}

/** The workspace above a folder, however deep. */
function workspaceOf(of: Entries, folder: unknown): Entry | undefined {
  const seen = new Set<unknown>();
  for (let id = folder; id != null && !seen.has(id); ) {
    seen.add(id);
    const file = of('files').find((one) => one['id'] === id);
    if (file?.['type'] === 'workspace') return file;
    id = file?.['parentId'];
  }
  return undefined;
}

/** `orphaned_content` without what is gone: object and reason. */
export function orphans(of: Entries): Rows {
  const unlisted = of('workbooks')
    .filter((workbook) => !of('files').some((file) => file['id'] === workbook['workbookId']))
    .map((workbook) => ({ ...workbook, id: workbook['workbookId'] }) as Entry);
  return [...of('files'), ...unlisted]
    .filter((file) => file['isArchived'] !== true && file['ownerId'] != null)
    .flatMap((file) => {
      const owner = of('members').find((member) => member['memberId'] === file['ownerId']);
      if (owner === undefined) return [{ inode_id: file['id'], reason: 'unknown' }];
      if (owner['isArchived'] === true) return [{ inode_id: file['id'], reason: 'archived' }];
      return owner['isInactive'] === true ? [{ inode_id: file['id'], reason: 'inactive' }] : [];
    });
}

/** `member_activity`. */
export function activity(of: Entries): Rows {
  return of('members').map((member) => {
    const id = member['memberId'];
    const opens = of('member_recent_files').filter(
      (one) => one['memberId'] === id && one['lastInteractionAt'] != null,
    );
    const published = of('workbook_versions').filter((one) => one['publishedBy'] === id);
    const teams = of('team_members')
      .filter((one) => one['userId'] === id)
      .map((one) => of('teams').find((team) => team['teamId'] === one['teamId']))
      .filter((team) => team !== undefined && team['isArchived'] !== true);
    const type = of('account_types').find(
      (one) => str(one['accountTypeName']).toLowerCase() === str(member['memberType']).toLowerCase(),
    );
    const permissions = of('account_type_permissions').filter(
      (one) => type !== undefined && one['accountTypeId'] === type['accountTypeId'],
    );
    const words = ['create', 'publish', 'write', 'edit', 'schedule', 'manage', 'admin'];
    const opened = latest(opens.map((one) => one['lastInteractionAt']));
    const publishedAt = latest(published.map((one) => one['publishedAt']));
    return {
      member_id: id,
      name: nameOf(member),
      domain: str(member['email']).split('@')[1]?.toLowerCase() ?? null,
      can_make:
        permissions.length === 0
          ? null
          : permissions.some((one) =>
              words.some((word) => str(one['permission']).toLowerCase().includes(word)),
            ),
      is_archived: member['isArchived'] === true,
      teams: teams.length,
      team_names: teams.map((team) => str(team?.['name'])).sort(byText),
      last_opened_at: opened,
      opened: new Set(opens.map((one) => one['id'])).size,
      last_published_at: publishedAt,
      published: published.length,
      last_seen_at: latest([opened, publishedAt]),
      workbooks: of('workbooks').filter((one) => one['ownerId'] === id && one['isArchived'] !== true).length,
      data_models: of('data_models').filter((one) => one['ownerId'] === id && one['isArchived'] !== true)
        .length,
      schedules: of('workbook_schedules').filter((one) => one['ownerId'] === id).length,
      favorites: of('member_favorites').filter((one) => one['memberId'] === id).length,
      direct_grants: grantsOf(of).filter((one) => one['memberId'] === id).length,
    };
  });
}

/** Grants of both listings, each once. */
function grantsOf(of: Entries): readonly Entry[] {
  const known = new Map(of('grants').map((grant) => [grant['grantId'], grant]));
  for (const grant of of('workspace_grants')) {
    const own = { ...grant, inodeId: grant['workspaceId'], inodeType: 'workspace' };
    if (!known.has(grant['grantId'])) known.set(grant['grantId'], own);
  }
  return [...known.values()];
}

const STRENGTHS = ['apply', 'view', 'annotate', 'explore', 'create', 'organize', 'edit'];
const strength = (permission: unknown): number => STRENGTHS.indexOf(str(permission)) + 1;

/** `access_exposure`, for the files of the listing. */
export function exposure(of: Entries, external: ReadonlySet<unknown>): Rows {
  const entries = {
    ...{ members: [...of('members')], teams: [...of('teams')], team_members: [...of('team_members')] },
    ...{ files: [...of('files')], workbooks: [...of('workbooks')], grants: [...grantsOf(of)] },
  };
  const access = [...accessOf(entries)].map(([key, { permission }]) => {
    const [member, inode] = key.split(' ');
    return { member, inode, permission };
  });
  const people = of('members').filter((member) => member['isArchived'] !== true).length;
  return of('files').map((file) => {
    const id = file['id'];
    const viewers = access.filter(({ inode }) => inode === id);
    const grants = grantsOf(of).filter((grant) => grant['inodeId'] === id);
    return {
      inode_id: id,
      viewers: viewers.length,
      editors: viewers.filter(({ permission }) => permission === 'edit').length,
      external_viewers: viewers.filter(({ member }) => external.has(member)).length,
      everyone: viewers.length > 0 && viewers.length === people,
      member_grants: grants.filter((grant) => grant['memberId'] != null).length,
      team_grants: grants.filter((grant) => grant['teamId'] != null).length,
      public_embeds: of('workbook_embeds').filter((one) => one['workbookId'] === id && one['public'] === true)
        .length,
    };
  });
}

/** `direct_grants`: grant, verdict and what the team gives. */
export function direct(of: Entries): Rows {
  const above = (id: unknown): unknown[] => {
    const chain = [id];
    for (;;) {
      const parent = of('files').find((file) => file['id'] === chain.at(-1))?.['parentId'];
      if (parent == null || chain.includes(parent)) return chain;
      chain.push(parent);
    }
  };
  const grants = grantsOf(of);
  return grants
    .filter((grant) => grant['memberId'] != null)
    .filter((grant) => {
      const member = of('members').find((one) => one['memberId'] === grant['memberId']);
      return member !== undefined && member['isArchived'] !== true;
    })
    .map((grant) => {
      const chain = above(grant['inodeId']);
      const teams = of('team_members')
        .filter((one) => one['userId'] === grant['memberId'])
        .map((one) => one['teamId'])
        .filter((id) => of('teams').find((team) => team['teamId'] === id)?.['isArchived'] === false);
      const best = Math.max(
        0,
        ...grants
          .filter(
            (one) => one['teamId'] != null && teams.includes(one['teamId']) && chain.includes(one['inodeId']),
          )
          .map((one) => strength(one['permission'])),
      );
      const own = strength(grant['permission']);
      return {
        grant_id: grant['grantId'],
        team_permission: best === 0 ? null : STRENGTHS[best - 1],
        verdict: best === 0 ? 'only way' : best >= own ? 'redundant' : 'more than the team',
      };
    });
}
