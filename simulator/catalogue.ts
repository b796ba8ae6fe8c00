/** What the API gives for every stream, all of it: a table, one entry per stream. */
import { SIMULATED } from './endpoints.ts';
import type { Entry } from './entities.ts';
import {
  fileEntry,
  grantEntry,
  memberEntry,
  membershipEntry,
  teamEntry,
  workbookEntry,
  workspaceEntry,
} from './entries.ts';
import type { Organization } from './organization.ts';
import { workbooks } from './streams/shared/parents.ts';

type Truth = (organization: Organization) => Iterable<Entry>;

/** Streams whose endpoints are written out, and not declared with their truth. */
const WRITTEN_OUT = {
  *members(o) {
    for (const member of o.members.list) yield memberEntry(o, member);
  },
  *teams(o) {
    for (const team of o.teams.list) yield teamEntry(team);
  },
  *team_members(o) {
    for (const team of o.teams.list)
      for (const m of team.members) yield { teamId: team.id, ...membershipEntry(m) };
  },
  *workspaces(o) {
    for (const workspace of o.workspaces.list) yield workspaceEntry(workspace);
  },
  *files(o) {
    for (const list of [o.workspaces.list, o.folders.list, o.fileWorkbooks])
      for (const file of list) yield fileEntry(o, file);
  },
  *workbooks(o) {
    for (const workbook of o.workbooks.list) if (!workbook.exploration) yield workbookEntry(o, workbook);
  },
  *workbook_pages(o) {
    for (const workbook of workbooks.all(o))
      for (const { page } of o.contentOf(workbook)) yield { workbookId: workbook.id, ...page };
  },
  *workbook_elements(o) {
    for (const workbook of workbooks.all(o))
      for (const { page, elements } of o.contentOf(workbook))
        for (const element of elements) yield { workbookId: workbook.id, pageId: page.pageId, ...element };
  },
  *grants(o) {
    for (const grant of o.grants.list) yield grantEntry(o, grant);
  },
} satisfies Record<string, Truth>;

/** A stream the organization knows the truth of. */
export type TruthStream = keyof typeof WRITTEN_OUT | keyof typeof SIMULATED;

const TABLE = new Map<string, Truth>([
  ...Object.entries(WRITTEN_OUT),
  ...Object.entries(SIMULATED).map(([name, { truth }]): [string, Truth] => [name, truth]),
]);

/** Every stream the organization knows the truth of. */
export const STREAMS = [...TABLE.keys()] as readonly TruthStream[];

/** All entries of a stream. @throws RangeError where there is no such stream. */
export function truthOf(organization: Organization, stream: string): Iterable<Entry> {
  const truth = TABLE.get(stream);
  if (truth === undefined) throw new RangeError(`unknown stream ${stream}; known are ${STREAMS.join(', ')}`);
  return truth(organization);
}
