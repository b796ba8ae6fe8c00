/**
 * A whole Sigma organization in memory: deterministic for a seed, changed only by mutations, and able to say what
 * the API would give for every stream.
 */
import { childrenOf } from './children.ts';
import { ContentMutations } from './content-mutations.ts';
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
import { generate } from './generate.ts';

/** Sizes and seed of an organization. Every size is met exactly. */
export interface OrganizationOptions {
  /** Default 1. */
  readonly seed?: number;
  /** Workbooks without explorations; archived, private and tagged versions included. Default 120. */
  readonly workbooks?: number;
  /** Archived and inactive ones included. Default 40, at least 1. */
  readonly members?: number;
  /** Default 8. */
  readonly teams?: number;
  /** Direct grants. Default 600. */
  readonly grants?: number;
  /** Default: one per 100 workbooks and at least 5, at most 40. */
  readonly workspaces?: number;
  /** Default: one per 20 workbooks and at least 10, at most 500. */
  readonly folders?: number;
  /** Elements of all workbooks that are not archived, together. Default: by `elementsPerPage`. */
  readonly elements?: number;
  /** Default: one to three, by chance. */
  readonly pagesPerWorkbook?: number;
  /** Used where `elements` is not given. Default 3. */
  readonly elementsPerPage?: number;
  /** Share of workbooks that are archived, 0 to 1. Default 0.05. */
  readonly archivedShare?: number;
  /** Some entries carry fields newer than the specification. Default true. */
  readonly newerFields?: boolean;
}

/** Streams the organization knows the truth of. */
export const STREAMS = [
  'members',
  'teams',
  'team_members',
  'workspaces',
  'files',
  'workbooks',
  'workbook_pages',
  'workbook_elements',
  'grants',
] as const;
export type TruthStream = (typeof STREAMS)[number];

/** Mutations that `mutate` draws from; a name appears as often as it is likely. */
const MIX = [
  ...['renameWorkbook', 'renameWorkbook', 'renameWorkbook', 'publishVersion', 'publishVersion'],
  ...['publishVersion', 'publishVersion', 'addWorkbook', 'addWorkbook', 'deleteWorkbook', 'archiveWorkbook'],
  ...['unarchiveWorkbook', 'addMember', 'deactivateMember', 'addTeam', 'deleteTeam', 'renameTeam'],
  ...['addTeamMember', 'addTeamMember', 'removeTeamMember', 'grant', 'grant', 'grant', 'revoke', 'revoke'],
  ...[
    'changePermission',
    'changePermission',
    'addWorkspace',
    'renameWorkspace',
    'deleteWorkspace',
    'addFolder',
  ],
] as const satisfies readonly (keyof ContentMutations)[];

/** One mutation that `mutate` made: its name and the id it changed. */
export interface MutationRecord {
  readonly op: string;
  readonly id: string;
}

/** An organization. Made by `createOrganization`. */
export class Organization extends ContentMutations {
  /** Makes `n` random changes and says which. One that finds nothing to change is drawn again. */
  mutate(n = 1): MutationRecord[] {
    const made: MutationRecord[] = [];
    for (let tries = 0; made.length < n && tries < n * 50; tries++) {
      const op = this.random.pick(MIX);
      try {
        made.push({ op, id: this[op]() });
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
      }
    }
    return made;
  }

  /** What the API gives for a stream, all of it, in no promised order. */
  truth(stream: string): Entry[] {
    return [...this.truthOf(stream)];
  }

  /** `truth`, entry by entry, for organizations too big to hold twice. */
  *truthOf(stream: string): Generator<Entry> {
    switch (stream) {
      case 'members':
        for (const member of this.members.list) yield memberEntry(this, member);
        return;
      case 'teams':
        for (const team of this.teams.list) yield teamEntry(team);
        return;
      case 'team_members':
        for (const team of this.teams.list)
          for (const m of team.members) yield { teamId: team.id, ...membershipEntry(m) };
        return;
      case 'workspaces':
        for (const workspace of this.workspaces.list) yield workspaceEntry(workspace);
        return;
      case 'files':
        for (const list of [this.workspaces.list, this.folders.list, this.fileWorkbooks])
          for (const file of list) yield fileEntry(this, file);
        return;
      case 'workbooks':
        for (const workbook of this.workbooks.list)
          if (!workbook.exploration) yield workbookEntry(this, workbook);
        return;
      case 'workbook_pages':
      case 'workbook_elements':
        yield* this.#children(stream === 'workbook_pages');
        return;
      case 'grants':
        for (const grant of this.grants.list) yield grantEntry(this, grant);
        return;
      default:
        throw new RangeError(`unknown stream ${stream}; known are ${STREAMS.join(', ')}`);
    }
  }

  /** Children of archived workbooks cannot be read, those of explorations are not wanted. */
  *#children(pages: boolean): Generator<Entry> {
    for (const workbook of this.workbooks.list) {
      if (workbook.archived || workbook.exploration) continue;
      const workbookId = workbook.id;
      for (const { page, elements } of childrenOf(this.seed, workbook)) {
        if (pages) yield { workbookId, ...page };
        else for (const element of elements) yield { workbookId, pageId: page.pageId, ...element };
      }
    }
  }
}

/**
 * Makes an organization.
 *
 * ```ts
 * const organization = createOrganization({ seed: 7, workbooks: 2000, elements: 6000 });
 * organization.publishVersion();
 * organization.truth('workbook_elements').length;
 * ```
 */
export function createOrganization(options: OrganizationOptions = {}): Organization {
  const workbooks = options.workbooks ?? 120;
  const organization = new Organization(options.seed ?? 1);
  organization.newerFields = options.newerFields ?? true;
  generate(organization, {
    workbooks,
    members: options.members ?? 40,
    teams: options.teams ?? 8,
    grants: options.grants ?? 600,
    workspaces: options.workspaces ?? Math.min(40, Math.max(5, Math.floor(workbooks / 100))),
    folders: options.folders ?? Math.min(500, Math.max(10, Math.floor(workbooks / 20))),
    elements: options.elements,
    pagesPerWorkbook: options.pagesPerWorkbook,
    elementsPerPage: options.elementsPerPage ?? 3,
    archivedShare: options.archivedShare ?? 0.05,
  });
  return organization;
}
