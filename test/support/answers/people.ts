/** Models about members, worked out naively. */
import { byText, type Entry, grouped, latest, nameOf, type Row, type Seen } from './seen.ts';

const DAY = 86_400_000;
const MAKES = ['create', 'publish', 'write', 'edit', 'manage', 'admin'];
/** Listings of what members open. */
const OPENED = ['files', 'workbooks', 'reports', 'data_models', 'datasets'];

const domainOf = (member: Entry): string => String(member['email']).split('@')[1]?.toLowerCase() ?? '';

/** `member_activity`. */
export function activity(seen: Seen): Row[] {
  const teams = seen.by('teams', 'teamId');
  const books = seen.by('workbooks', 'workbookId');
  const of = (stream: string, field: string): ((id: unknown) => Entry[]) => grouped(seen.live(stream), field);
  const [memberships, recents] = [of('team_members', 'userId'), of('member_recent_files', 'memberId')];
  const favorites = of('member_favorites', 'memberId');
  const versions = grouped(
    [...seen.live('workbook_versions'), ...seen.live('report_versions')],
    'publishedBy',
  );
  const papers = seen.by('reports', 'reportId');
  const permissions = of('account_type_permissions', 'accountTypeId');
  const unarchived = (stream: string): ((id: unknown) => Entry[]) =>
    grouped(
      seen.live(stream).filter((one) => one['isArchived'] === false),
      'ownerId',
    );
  const [workbooks, models] = [unarchived('workbooks'), unarchived('data_models')];
  const reports = unarchived('reports');
  const schedules = grouped(
    [
      ...seen
        .live('workbook_schedules')
        .filter((one) => books.get(one['workbookId'])?.['isArchived'] === false),
      ...seen.live('report_schedules').filter((one) => papers.get(one['reportId'])?.['isArchived'] === false),
    ],
    'ownerId',
  );
  const grants = new Map(
    [...seen.live('grants'), ...seen.live('workspace_grants')].map((grant) => [grant['grantId'], grant]),
  );
  const isGone = (id: unknown): boolean => {
    const images = OPENED.flatMap((stream) => seen.ever(stream).get(id) ?? []);
    return images.length > 0 && images.every((image) => image.isGone);
  };
  return seen.live('members').map((member) => {
    const id = member['memberId'];
    const allowed = seen
      .live('account_types')
      .filter(
        (type) =>
          String(type['accountTypeName']).toLowerCase() === String(member['memberType']).toLowerCase(),
      )
      .flatMap((type) =>
        type['licenseType'] === 'view'
          ? [false]
          : permissions(type['accountTypeId']).map(({ permission }) =>
              MAKES.some((word) => String(permission).includes(word)),
            ),
      );
    const mine = memberships(id)
      .map((one) => teams.get(one['teamId']))
      .filter((team) => team !== undefined && team['isArchived'] !== true);
    const lastOpened = latest(recents(id).map((one) => one['lastInteractionAt']));
    const lastPublished = latest(versions(id).map((one) => one['publishedAt']));
    return {
      member_id: id,
      name: nameOf(member),
      email: member['email'],
      domain: domainOf(member),
      member_type: member['memberType'],
      can_make: allowed.length === 0 ? null : allowed.includes(true),
      is_administrator: String(member['memberType']).toLowerCase() === 'admin',
      user_kind: member['userKind'],
      is_archived: member['isArchived'],
      is_inactive: member['isInactive'],
      created_at: member['createdAt'],
      teams: mine.length,
      team_names: mine.map((team) => team?.['name']).sort(byText),
      last_opened_at: lastOpened,
      opened: new Set(
        recents(id)
          .map((one) => one['id'])
          .filter((one) => !isGone(one)),
      ).size,
      last_published_at: lastPublished,
      published: versions(id).length,
      last_seen_at: latest([lastOpened, lastPublished]),
      workbooks: workbooks(id).length,
      reports: reports(id).length,
      data_models: models(id).length,
      schedules: schedules(id).length,
      favorites: favorites(id).length,
      direct_grants: [...grants.values()].filter((grant) => grant['memberId'] === id).length,
    };
  });
}

/** `licence_use` at a time. */
export function licences(seen: Seen, now: number, staleDays: number): Row[] {
  return activity(seen)
    .filter((row) => row['is_archived'] === false)
    .map((row) => {
      const { member_id, name, email, member_type, can_make, is_inactive, created_at } = row;
      const { last_seen_at, workbooks, reports, published } = row;
      const { is_administrator } = row;
      const idle = last_seen_at === null ? null : now - Date.parse(String(last_seen_at));
      const makes = [workbooks, reports, row['data_models'], published, row['schedules']];
      const makesNothing = makes.every((n) => n === 0);
      return {
        ...{ member_id, name, email, member_type, can_make, is_administrator, is_inactive, created_at },
        last_seen_at,
        idle_days: idle === null ? null : Math.floor(idle / DAY),
        ...{ workbooks, reports, published },
        verdict:
          is_inactive === true
            ? 'inactive'
            : idle === null
              ? 'never seen'
              : idle > staleDays * DAY
                ? 'idle'
                : can_make === true && is_administrator === false && makesNothing
                  ? 'could step down'
                  : 'in use',
      };
    });
}

/** `external_members`, where the domains that are ours are named, or the one that most have is. */
export function externals(seen: Seen, internalDomains: readonly string[]): Row[] {
  const active = seen.live('members').filter((member) => member['isArchived'] === false);
  const counts = Map.groupBy(
    active.filter((member) => member['userKind'] === 'internal'),
    domainOf,
  );
  const [most] = [...counts].sort(([a, one], [b, two]) => two.length - one.length || byText(a, b));
  const ours = internalDomains.length > 0 ? internalDomains.map((one) => one.toLowerCase()) : [most?.[0]];
  return active
    .filter((member) => member['userKind'] !== 'internal' || !ours.includes(domainOf(member)))
    .map((member) => ({
      member_id: member['memberId'],
      name: nameOf(member),
      email: member['email'],
      domain: domainOf(member),
      member_type: member['memberType'],
      user_kind: member['userKind'],
      reason: member['userKind'] === 'internal' ? 'domain' : member['userKind'],
      is_inactive: member['isInactive'],
    }));
}
