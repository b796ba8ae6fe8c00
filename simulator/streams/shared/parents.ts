/** The parents of child listings: how a request names one, and whose children are part of the truth. */

import type { AccountType, UserAttribute } from '../../access-entities.ts';
import type { Connection, ConnectionPath, DataModel, Dataset } from '../../data-entities.ts';
import type { Member, Workbook, Workspace } from '../../entities.ts';
import { Refusal } from '../../http/answer.ts';
import { type Call, param } from '../../http/endpoint.ts';
import type { Organization } from '../../organization.ts';
import type { HasOrder, Registry } from '../../store/ordered.ts';

/** A kind of parent. */
export interface Parent<P> {
  /** The path parameter that names one; the truth gives its id under the same name. */
  readonly param: string;
  /** @throws Refusal where its children cannot be read. */
  find(call: Call): P;
  /** Those whose children are part of the truth. */
  all(organization: Organization): Iterable<P>;
}

type Identified = HasOrder & { readonly id: string };

/** A parent found by its id whose children can always be read. */
function parent<P extends Identified>(
  name: string,
  what: string,
  registry: (organization: Organization) => Registry<P>,
): Parent<P> {
  return {
    param: name,
    find: (call) => found(registry(call.organization).get(param(call, name)), what),
    all: (organization) => registry(organization).list,
  };
}

/** The same for documents: the API refuses to list what is in an archived one. */
function document<P extends Identified & { readonly archived: boolean }>(
  name: string,
  what: string,
  registry: (organization: Organization) => Registry<P>,
): Parent<P> {
  const plain = parent(name, what, registry);
  return {
    param: name,
    find: (call) => {
      const one = plain.find(call);
      if (call.views.lost(one.id)) throw new Refusal(403, `no access to this ${what}`);
      if (one.archived) throw new Refusal(400, `the ${what} is archived`);
      return one;
    },
    *all(organization) {
      for (const one of registry(organization).list) if (!one.archived) yield one;
    },
  };
}

const everyWorkbook = document<Workbook>('workbookId', 'workbook', (o) => o.workbooks);
const everyWorkspace = parent<Workspace>('workspaceId', 'workspace', (o) => o.workspaces);

export const workbooks: Parent<Workbook> = {
  ...everyWorkbook,
  *all(organization) {
    for (const one of everyWorkbook.all(organization)) if (!one.exploration) yield one;
  },
};
export const workspaces = everyWorkspace;
export const dataModels = document<DataModel>('dataModelId', 'data model', (o) => o.dataModels);
export const datasets = document<Dataset>('datasetId', 'dataset', (o) => o.datasets);
export const members = parent<Member>('memberId', 'member', (o) => o.members);
export const userAttributes = parent<UserAttribute>(
  'userAttributeId',
  'user attribute',
  (o) => o.userAttributes,
);
export const accountTypes = parent<AccountType>('accountTypeId', 'account type', (o) => o.accountTypes);
export const connections = parent<Connection>('connectionId', 'connection', (o) => o.connections);
export const connectionPaths = parent<ConnectionPath>(
  'connectionPathId',
  'connection path',
  (o) => o.connectionPaths,
);

/** The owner of the credentials is an admin and can read every workbook by its id. */
export function workbookOf(call: Call): Workbook {
  const workbook = found(call.organization.workbooks.get(param(call, 'workbookId')), 'workbook');
  if (call.views.lost(workbook.id)) throw new Refusal(403, 'no access to this workbook');
  return workbook;
}

/** A workbook whose children can be read. */
export function readableWorkbookOf(call: Call): Workbook {
  return workbooks.find(call);
}

export function workspaceOf(call: Call): Workspace {
  return everyWorkspace.find(call);
}

function found<T>(one: T | undefined, what: string): T {
  if (one === undefined) throw new Refusal(404, `${what} not found`);
  return one;
}
