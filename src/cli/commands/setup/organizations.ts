import type { App } from '../../../app.ts';
import type { Config } from '../../../config/schema.ts';
import { describeError } from '../../../core/errors.ts';
import { EventBus } from '../../../core/events/bus.ts';
import { entryName, type Kin, kinOf, type Tenant, withoutEntry } from '../../../fleet/tenants.ts';
import { inContext } from '../../command-context.ts';
import { NOWHERE_MS } from '../../one-context.ts';
import { type JsonFlag, plain, print, printJson, printTable } from '../../output/tables.ts';

interface Flags extends JsonFlag {
  readonly discover?: true;
}

/** An organization with the application that asks it. */
interface Listed {
  readonly name: string;
  readonly app: App;
}

/** `organizations`: those of the settings; with `--discover` also tenants that have no entry. */
export const run = inContext(
  ({ organization, signal, ...app }, flags: Flags) =>
    list([{ name: organization ?? '-', app }], signal, flags),
  { together: ({ members, signal }, flags) => list(members, signal, flags) },
);

async function list(
  members: readonly Listed[],
  signal: AbortSignal,
  { json, discover }: Flags,
): Promise<void> {
  const organizations = members.map(({ name, app }) => ({ organization: name, ...aboutOf(app.config) }));
  const asked = discover === true ? await askAll(members, signal) : undefined;
  if (asked?.some(({ error }) => error !== undefined) === true) process.exitCode = 1;
  const missing = asked === undefined ? undefined : withoutEntry(asked);
  if (json === true) {
    const found = asked?.map(({ name, tenants, error }) => ({
      organization: name,
      tenants: tenants?.length ?? null,
      ...(error === undefined ? {} : { error }),
    }));
    return printJson({
      organizations,
      ...(found === undefined ? {} : { asked: found, withoutEntry: missing }),
    });
  }
  printTable(organizations, [
    ...(['organization', 'schema', 'exports'] as const),
    { title: 'api', value: ({ api }) => api ?? 'not set' },
    'credentials',
  ]);
  if (asked === undefined || missing === undefined) return;
  print();
  for (const { name, tenants, error } of asked)
    print(
      `${name}: ${error ?? (tenants === undefined ? 'has no right to list tenants' : `${tenants.length} tenants`)}`,
    );
  print();
  printMissing(missing);
}

function aboutOf({ database, sigma }: Config) {
  const { baseUrl, clientId, clientSecret } = sigma;
  return {
    schema: database.schema,
    exports: database.exportsSchema,
    api: baseUrl ?? null,
    credentials: clientId === undefined || clientSecret === undefined ? 'missing' : 'set',
  };
}

type Asked = Kin & { readonly name: string; readonly error?: string };

async function askAll(members: readonly Listed[], signal: AbortSignal): Promise<readonly Asked[]> {
  const asked: Asked[] = [];
  for (const { name, app } of members) asked.push({ name, ...(await ask(app, signal)) });
  return asked;
}

/** A failure for one organization hides no answer of the others. */
async function ask(app: App, signal: AbortSignal): Promise<Kin & { readonly error?: string }> {
  try {
    const client = await app.openClient({ nowhereMs: NOWHERE_MS });
    try {
      return await kinOf(client, new EventBus(), signal);
    } finally {
      await client.close();
    }
  } catch (error) {
    signal.throwIfAborted();
    return { id: undefined, tenants: undefined, error: app.redact(describeError(error)) };
  }
}

function printMissing(missing: readonly Tenant[]): void {
  if (missing.length === 0) {
    print('Every tenant has an entry.');
    return;
  }
  print('Tenants without an entry. Give each its own API credentials, and add it to organizations:');
  for (const tenant of missing) {
    print();
    print(`  # ${plain(`${tenant.name} (${tenant.id})`)}`);
    print(`  - name: ${entryName(tenant)}`);
    const url = tenant.apiUrl === null ? 'region: …' : `base_url: ${JSON.stringify(tenant.apiUrl)}`;
    print(`    sigma: { ${plain(url)}, client_id_file: …, client_secret_file: … }`);
  }
}
