/** The listings of objects that stand for themselves. A listing more is an entry of `ROOT_STREAMS`. */
import {
  accountTypeEntry,
  allowedIpEntry,
  tagEntry,
  templateEntry,
  tenantEntry,
  translationEntry,
  userAttributeEntry,
} from './access-entries.ts';
import { connectionEntry, connectionPathEntry, dataModelEntry, datasetEntry } from './data-entries.ts';
import type { Entry } from './entities.ts';
import { flag, refuseUnknown } from './http/query.ts';
import type { Organization } from './organization.ts';
import { BY_TOKEN, PAGED, PAGED_MORE, rootStream, type SimulatedStream } from './streams/stream.ts';

const FRONT = { front: true };

function whoami({ owner, organizationId }: Organization): Entry {
  return { userId: owner.id, organizationId };
}

export const ROOT_STREAMS = {
  organization: {
    endpoints: [{ path: '/v2/whoami', get: ({ organization }) => whoami(organization) }],
    truth: (organization) => [whoami(organization)],
  },
  account_types: rootStream({
    paths: [{ path: '/v2/accountTypes', ...BY_TOKEN }],
    registry: (store) => store.accountTypes,
    render: accountTypeEntry,
  }),
  user_attributes: rootStream({
    paths: [{ path: '/v2/user-attributes', ...PAGED }],
    single: '/v2/user-attributes/{userAttributeId}',
    registry: (store) => store.userAttributes,
    render: userAttributeEntry,
    select: ({ query }, list) => {
      refuseUnknown(query, 'name');
      return list;
    },
    shift: {
      add: (o) => o.addUserAttribute(undefined, FRONT),
      remove: (o, id) => o.deleteUserAttribute(id),
    },
  }),
  templates: rootStream({
    paths: [{ path: '/v2/templates', ...PAGED_MORE }],
    single: '/v2/templates/{templateId}',
    registry: (store) => store.templates,
    render: templateEntry,
    select: ({ query }, list) => {
      refuseUnknown(query, 'source', 'search');
      return list;
    },
    shift: { add: (o) => o.addTemplate(undefined, FRONT), remove: (o, id) => o.deleteTemplate(id) },
  }),
  tags: rootStream({
    paths: [{ path: '/v2/tags', ...PAGED_MORE }],
    registry: (store) => store.tags,
    render: tagEntry,
    select: ({ query }, list) => {
      refuseUnknown(query, 'search');
      return list;
    },
    shift: { add: (o) => o.addTag(undefined, FRONT), remove: (o, id) => o.deleteTag(id) },
  }),
  translations: rootStream({
    paths: [{ path: '/v2/translations/organization', ...PAGED_MORE }],
    registry: (store) => store.translations,
    render: translationEntry,
    derive: ({ lng, lng_variant: variant }) => ({
      translationKey: variant === null ? lng : `${lng}/${variant}`,
    }),
  }),
  connections: rootStream({
    paths: [{ path: '/v2/connections', ...PAGED_MORE }],
    single: '/v2/connections/{connectionId}',
    registry: (store) => store.connections,
    render: connectionEntry,
    select: ({ query, views }, list) => {
      refuseUnknown(query, 'search');
      return flag(query, 'includeArchived') ? list : views.filtered(list, 'archived', (one) => !one.archived);
    },
    shift: { add: (o) => o.addConnection(undefined, FRONT), remove: (o, id) => o.deleteConnection(id) },
  }),
  connection_paths: rootStream({
    paths: [{ path: '/v2/connections/paths', tokens: 'escaped', hasMore: true }],
    registry: (store) => store.connectionPaths,
    render: connectionPathEntry,
    shift: {
      add: (o) => o.addConnectionPath(undefined, FRONT),
      remove: (o, id) => o.deleteConnectionPath(id),
    },
  }),
  data_models: rootStream({
    paths: [{ path: '/v2/dataModels', ...PAGED_MORE }],
    single: '/v2/dataModels/{dataModelId}',
    registry: (store) => store.dataModels,
    render: dataModelEntry,
    isInode: true,
    select: ({ query, views }, list) => {
      refuseUnknown(query, 'excludeTags');
      return views.permitted(list);
    },
    shift: { add: (o) => o.addDataModel(undefined, FRONT), remove: (o, id) => o.deleteDataModel(id) },
  }),
  datasets: rootStream({
    paths: [{ path: '/v2/datasets', ...PAGED_MORE }],
    single: '/v2/datasets/{datasetId}',
    registry: (store) => store.datasets,
    render: datasetEntry,
    isInode: true,
    select: ({ query, views }, list) =>
      flag(query, 'skipPermissionCheck')
        ? views.permitted(list)
        : views.permitted(list, 'visible', (one) => !one.hidden),
    shift: { add: (o) => o.addDataset(undefined, FRONT), remove: (o, id) => o.deleteDataset(id) },
  }),
  allowed_ips: rootStream({
    paths: [{ path: '/v3alpha/allowedIps', ...BY_TOKEN }],
    registry: (store) => store.allowedIps,
    render: allowedIpEntry,
  }),
  tenants: rootStream({
    paths: [{ path: '/v3alpha/tenants', ...BY_TOKEN }],
    single: '/v3alpha/tenants/{tenantOrganizationId}',
    registry: (store) => store.tenants,
    render: tenantEntry,
    select: ({ query }, list) => {
      refuseUnknown(query, 'key', 'order', 'search');
      return list;
    },
  }),
} satisfies Record<string, SimulatedStream>;
