/** All streams, in the order in which they are shown. */
import type { Stream } from './stream.ts';
import { accountTypePermissions } from './streams/account-type-permissions.ts';
import { accountTypes } from './streams/account-types.ts';
import { allowedIps } from './streams/allowed-ips.ts';
import { connectionGrants } from './streams/connection-grants.ts';
import { connectionPathGrants } from './streams/connection-path-grants.ts';
import { connectionPaths } from './streams/connection-paths.ts';
import { connections } from './streams/connections.ts';
import { dataModelColumns } from './streams/data-model-columns.ts';
import { dataModelElements } from './streams/data-model-elements.ts';
import { dataModelMaterializationSchedules } from './streams/data-model-materialization-schedules.ts';
import { dataModelSources } from './streams/data-model-sources.ts';
import { dataModelTags } from './streams/data-model-tags.ts';
import { dataModels } from './streams/data-models.ts';
import { datasetMaterializations } from './streams/dataset-materializations.ts';
import { datasetSources } from './streams/dataset-sources.ts';
import { datasets } from './streams/datasets.ts';
import { files } from './streams/files.ts';
import { grants } from './streams/grants.ts';
import { memberFavorites } from './streams/member-favorites.ts';
import { memberRecentFiles } from './streams/member-recent-files.ts';
import { members } from './streams/members.ts';
import { organization } from './streams/organization.ts';
import { tags } from './streams/tags.ts';
import { teamMembers } from './streams/team-members.ts';
import { teams } from './streams/teams.ts';
import { templates } from './streams/templates.ts';
import { tenants } from './streams/tenants.ts';
import { translations } from './streams/translations.ts';
import { userAttributeMembers } from './streams/user-attribute-members.ts';
import { userAttributeTeams } from './streams/user-attribute-teams.ts';
import { userAttributes } from './streams/user-attributes.ts';
import { workbookBookmarks } from './streams/workbook-bookmarks.ts';
import { workbookColumns } from './streams/workbook-columns.ts';
import { workbookControls } from './streams/workbook-controls.ts';
import { workbookElements } from './streams/workbook-elements.ts';
import { workbookEmbeds } from './streams/workbook-embeds.ts';
import { workbookLineage } from './streams/workbook-lineage.ts';
import { workbookMaterializationSchedules } from './streams/workbook-materialization-schedules.ts';
import { workbookPages } from './streams/workbook-pages.ts';
import { workbookQueries } from './streams/workbook-queries.ts';
import { workbookSchedules } from './streams/workbook-schedules.ts';
import { workbookSources } from './streams/workbook-sources.ts';
import { workbookTags } from './streams/workbook-tags.ts';
import { workbookVersions } from './streams/workbook-versions.ts';
import { workbooks } from './streams/workbooks.ts';
import { workspaceGrants } from './streams/workspace-grants.ts';
import { workspaces } from './streams/workspaces.ts';

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
