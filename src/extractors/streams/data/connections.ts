import { authorship, boolean, defineStream, json, sensitive, text, timestamp } from '../../stream.ts';

/** `user` is a reserved word: `select user` would answer with the role of the session. */
export const connections = defineStream({
  name: 'connections',
  description: 'Connections to warehouses, archived ones and the one to the audit log included.',
  key: ['connection_id'],
  identifies: { id: 'connection_id' },
  sources: [
    {
      name: 'connections',
      listings: [{ path: '/v2/connections', paging: 'page', query: { includeArchived: 'true' } }],
    },
  ],
  get: '/v2/connections/{connection_id}',
  fields: {
    connectionId: text('Unique id of the connection; the long one'),
    organizationId: text('Organization'),
    name: text('Name'),
    type: text('Kind of warehouse: snowflake, bigQuery, …'),
    isSample: boolean("True for the one to Sigma's sample data"),
    isAuditLog: boolean('True for the one to the audit log'),
    isArchived: boolean('True once it is archived'),
    useOauth: boolean('True where members sign in to the warehouse themselves'),
    lastActiveAt: timestamp('When it was last used'),
    account: sensitive('network', text('Account or host of the warehouse')),
    warehouse: text('Warehouse that computes'),
    user: sensitive('network', text('User by whom Sigma signs in to the warehouse', 'user_name')),
    role: sensitive('network', text('Role of that user')),
    timeout: json('Seconds after which queries are given up: default, worksheet, dashboard, download'),
    poolSizes: json('How many queries may run at once, by purpose'),
    writeAccess: boolean('True where Sigma may write to the warehouse'),
    friendlyName: boolean('True where names of columns are made readable'),
    writebacks: json('Where it writes, without OAuth: database, schema, writebackSchemaId'),
    writebackSchemas: json('Where it writes, with OAuth: database, schema, writebackSchemaId'),
    inputTableAuditLogSchema: json('Where the log of input tables is written: database, schema'),
    materializationWarehouse: text('Warehouse that materializes'),
    userAttributes: json('User attributes that choose role and warehouse'),
    ...authorship,
  },
});
