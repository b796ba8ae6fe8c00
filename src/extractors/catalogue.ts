/** All streams, in the order in which they are shown. */
import type { Stream } from './stream.ts';
import { accountTypePermissions } from './streams/people/account-type-permissions.ts';
import { accountTypes } from './streams/people/account-types.ts';
import { allowedIps } from './streams/access/allowed-ips.ts';
import { connectionGrants } from './streams/access/connection-grants.ts';
import { connectionPathGrants } from './streams/access/connection-path-grants.ts';
import { connectionPaths } from './streams/data/connection-paths.ts';
import { connections } from './streams/data/connections.ts';
import { dataModelColumns } from './streams/data/data-model-columns.ts';
import { dataModelElements } from './streams/data/data-model-elements.ts';
import { dataModelMaterializationSchedules } from './streams/data/data-model-materialization-schedules.ts';
import { dataModelSources } from './streams/data/data-model-sources.ts';
import { dataModelTags } from './streams/data/data-model-tags.ts';
import { dataModels } from './streams/data/data-models.ts';
import { datasetMaterializations } from './streams/data/dataset-materializations.ts';
import { datasetSources } from './streams/data/dataset-sources.ts';
import { datasets } from './streams/data/datasets.ts';
import { files } from './streams/content/files.ts';
import { grants } from './streams/access/grants.ts';
import { memberFavorites } from './streams/people/member-favorites.ts';
import { memberRecentFiles } from './streams/people/member-recent-files.ts';
import { members } from './streams/people/members.ts';
import { organization } from './streams/people/organization.ts';
import { tags } from './streams/content/tags.ts';
import { teamMembers } from './streams/people/team-members.ts';
import { teams } from './streams/people/teams.ts';
import { templates } from './streams/content/templates.ts';
import { tenants } from './streams/access/tenants.ts';
import { translations } from './streams/content/translations.ts';
import { userAttributeMembers } from './streams/people/user-attribute-members.ts';
import { userAttributeTeams } from './streams/people/user-attribute-teams.ts';
import { userAttributes } from './streams/people/user-attributes.ts';
import { workbookBookmarks } from './streams/content/workbook-bookmarks.ts';
import { workbookColumns } from './streams/content/workbook-columns.ts';
import { workbookControls } from './streams/content/workbook-controls.ts';
import { workbookElements } from './streams/content/workbook-elements.ts';
import { workbookEmbeds } from './streams/content/workbook-embeds.ts';
import { workbookLineage } from './streams/content/workbook-lineage.ts';
import { workbookMaterializationSchedules } from './streams/content/workbook-materialization-schedules.ts';
import { workbookPages } from './streams/content/workbook-pages.ts';
import { workbookQueries } from './streams/content/workbook-queries.ts';
import { workbookSchedules } from './streams/content/workbook-schedules.ts';
import { workbookSources } from './streams/content/workbook-sources.ts';
import { workbookTags } from './streams/content/workbook-tags.ts';
import { workbookVersions } from './streams/content/workbook-versions.ts';
import { workbooks } from './streams/content/workbooks.ts';
import { workspaceGrants } from './streams/access/workspace-grants.ts';
import { workspaces } from './streams/content/workspaces.ts';

/** The streams by what they are about, parents before their children. */
export const areas: Readonly<Record<string, readonly Stream[]>> = {
  people: [
    organization,
    accountTypes,
    accountTypePermissions,
    members,
    teams,
    teamMembers,
    userAttributes,
    userAttributeMembers,
    userAttributeTeams,
    memberRecentFiles,
    memberFavorites,
  ],
  content: [
    workspaces,
    files,
    tags,
    templates,
    translations,
    workbooks,
    workbookPages,
    workbookElements,
    workbookColumns,
    workbookControls,
    workbookQueries,
    workbookSources,
    workbookLineage,
    workbookVersions,
    workbookTags,
    workbookBookmarks,
    workbookEmbeds,
    workbookSchedules,
    workbookMaterializationSchedules,
  ],
  data: [
    connections,
    connectionPaths,
    dataModels,
    dataModelElements,
    dataModelColumns,
    dataModelSources,
    dataModelTags,
    dataModelMaterializationSchedules,
    datasets,
    datasetSources,
    datasetMaterializations,
  ],
  access: [grants, workspaceGrants, connectionGrants, connectionPathGrants, allowedIps, tenants],
};

export const catalogue: readonly Stream[] = Object.values(areas).flat();

/** The named streams with every ancestor they are planned from, in catalogue order. */
export function withAncestors(streams: readonly Stream[], names: ReadonlySet<string>): Stream[] {
  const wanted = new Set<string>();
  const add = (name: string): void => {
    if (wanted.has(name)) return;
    wanted.add(name);
    for (const parent of streams.find((stream) => stream.name === name)?.parents ?? []) add(parent);
  };
  for (const name of names) add(name);
  return streams.filter((stream) => wanted.has(stream.name));
}
