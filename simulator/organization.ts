/**
 * A whole Sigma organization in memory: deterministic for a seed, changed only by mutations, and able to say what
 * the API would give for every stream.
 */

import { truthOf } from './catalogue.ts';
import type { ChildMutations } from './child-mutations.ts';
import type { Entry } from './entities.ts';
import { ExportMutations } from './exports/export-mutations.ts';
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
  /** Archived ones included. Each has ten paths. Default 3. */
  readonly connections?: number;
  /** Archived ones included. Default: one per 12 workbooks and at least 3. */
  readonly dataModels?: number;
  /** Archived and private ones included. Default: one per 15 workbooks and at least 3. */
  readonly datasets?: number;
  /** Share of the members that opened a file in the 30 days before `now`, 0 to 1. Default 0.4. */
  readonly activeShare?: number;
  /** Where the logical clock starts, in milliseconds since 1970. Default: 270 days into 2026. */
  readonly now?: number;
  /** Some entries carry fields newer than the specification. Default true. */
  readonly newerFields?: boolean;
  /** Adds the workbook with the audit log to the others. Default: there is none. */
  readonly auditLog?: true | Parameters<ExportMutations['addAuditLog']>[0];
}

/** Mutations of people and content that `mutate` draws from; a name appears as often as it is likely. */
const CORE = [
  ...(['renameWorkbook', 'renameWorkbook', 'renameWorkbook', 'publishVersion', 'publishVersion'] as const),
  ...(['publishVersion', 'publishVersion', 'addWorkbook', 'addWorkbook', 'deleteWorkbook'] as const),
  ...(['archiveWorkbook', 'unarchiveWorkbook', 'addMember', 'deactivateMember', 'addTeam'] as const),
  ...(['deleteTeam', 'renameTeam', 'addTeamMember', 'addTeamMember', 'removeTeamMember'] as const),
  ...(['grant', 'grant', 'grant', 'revoke', 'revoke', 'changePermission', 'changePermission'] as const),
  ...(['addWorkspace', 'renameWorkspace', 'deleteWorkspace', 'addFolder'] as const),
] as const satisfies readonly (keyof ChildMutations)[];

/** Those of everything else. More comes than goes, so that a long run leaves something of every kind. */
const MORE = [
  ...(['changeSchedules', 'changeMaterializationSchedules', 'changeBookmarks', 'changeEmbeds'] as const),
  ...(['tagWorkbook', 'tagWorkbook', 'tagWorkbook', 'untagWorkbook', 'openFile', 'openFile'] as const),
  ...(['star', 'star', 'unstar', 'publishDataModel', 'publishDataModel', 'renameDataModel'] as const),
  ...(['addDataModel', 'addDataModel', 'deleteDataModel', 'archiveDataModel'] as const),
  ...(['unarchiveDataModel', 'tagDataModel', 'tagDataModel', 'changeDataModelSchedules'] as const),
  ...(['addDataset', 'addDataset', 'renameDataset', 'deleteDataset', 'archiveDataset'] as const),
  ...(['unarchiveDataset', 'materializeDataset', 'addConnection', 'addConnection'] as const),
  ...(['renameConnection', 'archiveConnection', 'deleteConnection', 'addConnectionPath'] as const),
  ...(['addConnectionPath', 'addConnectionPath', 'deleteConnectionPath', 'grantConnection'] as const),
  ...(['grantConnection', 'grantConnectionPath', 'grantConnectionPath', 'revokeConnection'] as const),
  ...(['changeConnectionPermission', 'addTag', 'addTag', 'renameTag', 'deleteTag'] as const),
  ...(['addTemplate', 'addTemplate', 'renameTemplate', 'deleteTemplate', 'addTranslation'] as const),
  ...(['changeTranslation', 'deleteTranslation', 'addUserAttribute', 'addUserAttribute'] as const),
  ...(['renameUserAttribute', 'deleteUserAttribute', 'setUserAttribute', 'setUserAttribute'] as const),
  ...(['setUserAttribute', 'unsetUserAttribute', 'addAccountType', 'changeAccountType'] as const),
  ...(['deleteAccountType', 'addTenant', 'addTenant', 'deleteTenant', 'allowIp', 'disallowIp'] as const),
] as const satisfies readonly (keyof ChildMutations)[];

/** Share of the changes that are of people and content. */
const CORE_SHARE = 0.6;

/** One mutation that `mutate` made: its name and the id it changed. */
export interface MutationRecord {
  readonly op: string;
  readonly id: string;
}

/** An organization. Made by `createOrganization`. */
export class Organization extends ExportMutations {
  /** Makes `n` random changes and says which. One that finds nothing to change is drawn again. */
  mutate(n = 1): MutationRecord[] {
    const made: MutationRecord[] = [];
    for (let tries = 0; made.length < n && tries < n * 50; tries++) {
      const op = this.random.pick(this.random.next() < CORE_SHARE ? CORE : MORE);
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

  /** `truth`, entry by entry, for organizations too big to hold twice. @throws RangeError for no stream. */
  truthOf(stream: string): Iterable<Entry> {
    return truthOf(this, stream);
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
  const organization = new Organization(options.seed ?? 1, options.now);
  organization.newerFields = options.newerFields ?? true;
  organization.memberFiles.activeShare = options.activeShare ?? 0.4;
  generate(organization, {
    workbooks,
    members: options.members ?? 40,
    teams: options.teams ?? 8,
    grants: options.grants ?? 600,
    connections: options.connections ?? 3,
    dataModels: options.dataModels ?? Math.max(3, Math.floor(workbooks / 12)),
    datasets: options.datasets ?? Math.max(3, Math.floor(workbooks / 15)),
    workspaces: options.workspaces ?? Math.min(40, Math.max(5, Math.floor(workbooks / 100))),
    folders: options.folders ?? Math.min(500, Math.max(10, Math.floor(workbooks / 20))),
    elements: options.elements,
    pagesPerWorkbook: options.pagesPerWorkbook,
    elementsPerPage: options.elementsPerPage ?? 3,
    archivedShare: options.archivedShare ?? 0.05,
  });
  if (options.auditLog !== undefined)
    organization.addAuditLog(options.auditLog === true ? {} : options.auditLog);
  return organization;
}
