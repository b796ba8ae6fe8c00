// Generated from the files under simulator/streams by `npm run docs`; not to be edited.
import { allowedIps } from './streams/access/allowed-ips.ts';
import { connectionGrants } from './streams/access/connection-grants.ts';
import { connectionPathGrants } from './streams/access/connection-path-grants.ts';
import { grants } from './streams/access/grants.ts';
import { tenants } from './streams/access/tenants.ts';
import { workspaceGrants } from './streams/access/workspace-grants.ts';
import { files } from './streams/content/files.ts';
import { tags } from './streams/content/tags.ts';
import { templates } from './streams/content/templates.ts';
import { translations } from './streams/content/translations.ts';
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
import { workspaces } from './streams/content/workspaces.ts';
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
import { accountTypePermissions } from './streams/people/account-type-permissions.ts';
import { accountTypes } from './streams/people/account-types.ts';
import { memberFavorites } from './streams/people/member-favorites.ts';
import { memberRecentFiles } from './streams/people/member-recent-files.ts';
import { members } from './streams/people/members.ts';
import { organization } from './streams/people/organization.ts';
import { teamMembers } from './streams/people/team-members.ts';
import { teams } from './streams/people/teams.ts';
import { userAttributeMembers } from './streams/people/user-attribute-members.ts';
import { userAttributeTeams } from './streams/people/user-attribute-teams.ts';
import { userAttributes } from './streams/people/user-attributes.ts';

/** Every stream of the simulated API by its name. */
export const streams = {
  allowed_ips: allowedIps,
  connection_grants: connectionGrants,
  connection_path_grants: connectionPathGrants,
  grants,
  tenants,
  workspace_grants: workspaceGrants,
  files,
  tags,
  templates,
  translations,
  workbook_bookmarks: workbookBookmarks,
  workbook_columns: workbookColumns,
  workbook_controls: workbookControls,
  workbook_elements: workbookElements,
  workbook_embeds: workbookEmbeds,
  workbook_lineage: workbookLineage,
  workbook_materialization_schedules: workbookMaterializationSchedules,
  workbook_pages: workbookPages,
  workbook_queries: workbookQueries,
  workbook_schedules: workbookSchedules,
  workbook_sources: workbookSources,
  workbook_tags: workbookTags,
  workbook_versions: workbookVersions,
  workbooks,
  workspaces,
  connection_paths: connectionPaths,
  connections,
  data_model_columns: dataModelColumns,
  data_model_elements: dataModelElements,
  data_model_materialization_schedules: dataModelMaterializationSchedules,
  data_model_sources: dataModelSources,
  data_model_tags: dataModelTags,
  data_models: dataModels,
  dataset_materializations: datasetMaterializations,
  dataset_sources: datasetSources,
  datasets,
  account_type_permissions: accountTypePermissions,
  account_types: accountTypes,
  member_favorites: memberFavorites,
  member_recent_files: memberRecentFiles,
  members,
  organization,
  team_members: teamMembers,
  teams,
  user_attribute_members: userAttributeMembers,
  user_attribute_teams: userAttributeTeams,
  user_attributes: userAttributes,
};
