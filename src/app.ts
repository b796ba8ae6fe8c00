/** The composition root: everything is made here, from the configuration, and handed to what uses it. */
import { homedir } from 'node:os';
import { join, relative } from 'node:path';
import type { Detach } from './analytics/build.ts';
import { type AnalyticsSettings, compileAnalytics } from './analytics/compile-analytics.ts';
import { analyticsSchema } from './analytics/model.ts';
import { requireCredentials } from './config/credentials.ts';
import { type LiveSecrets, liveSecrets } from './config/live-secrets.ts';
import { compileAlerts, type Receiver } from './config/receivers.ts';
import type { Config } from './config/schema.ts';
import type { Rotating } from './config/secret-file.ts';
import { withoutAddresses } from './core/addresses.ts';
import type { Database } from './core/database/database.ts';
import { EventBus } from './core/events/bus.ts';
import { compileExports, type ExportDefinition } from './exports/decide/definition.ts';
import { checkHidden } from './exports/decide/hidden-columns.ts';
import type { ExportEngine } from './exports/export-engine.ts';
import type { HideContext } from './exports/write/hide-stored.ts';
import { catalogue } from './extractors/catalogue.ts';
import { compilePrivacy, type Privacy } from './loaders/privacy/compile-privacy.ts';
import type { ExportClient, RequestQueue, SigmaClient } from './sigma/client.ts';
import { type Clock, systemClock } from './sigma/clock.ts';
import { type Schemas, schemasFor } from './state/schemas.ts';
import { checkNames } from './sync/check-names.ts';
import { inProcessExecutor } from './sync/executor.ts';
import type { SyncEngine } from './sync/sync-engine.ts';

/** An application: the parts that every command shares. */
export interface App {
  readonly config: Config;
  readonly events: EventBus;
  readonly clock: Clock;
  readonly schemas: Schemas;
  readonly privacy: Privacy;
  /** Exports of element data, as configured. */
  readonly exports: readonly ExportDefinition[];
  /** Settings of the analytics schema. */
  readonly analytics: AnalyticsSettings;
  /** Receivers of alerts, as configured. */
  readonly receivers: readonly Receiver[];
  /** Called with each answer before it is recreated, in an organization of several. */
  readonly detach?: Detach | undefined;
  /** Everything that must never be shown, tokens included as they are minted. */
  secrets(): readonly string[];
  /** One more of them, such as the token of a warehouse. */
  addSecret(secret: string): void;
  /** Takes every secret out of a text. */
  redact(text: string): string;
  /** @throws LockedError, DatabaseError */
  openDatabase(): Promise<Database>;
  /**
   * @param events the bus of its requests; default: the application's.
   * @throws ConfigError where the credentials are not set.
   */
  openClient(pace?: Partial<Pace>, events?: EventBus): Promise<SigmaClient & ExportClient>;
  /** Requests that wait for their turn in the clients that are open, by lane. */
  waiting(): Readonly<Record<string, number>>;
  engine(database: Database, client: SigmaClient, events?: EventBus): SyncEngine;
  exportEngine(database: Database, client: SigmaClient & ExportClient, events?: EventBus): ExportEngine;
}

/** A pace other than the configured one. */
export interface Pace {
  readonly concurrency: number;
  readonly requestsPerMinute: number;
  /** Give up after so many milliseconds where nothing answers. */
  readonly nowhereMs?: number;
}

/** Options of an application; the defaults are the real world. */
export interface AppOptions {
  readonly config: Config;
  readonly clock?: Clock;
  /** Default: a new one. */
  readonly events?: EventBus;
  /** Connections beside those of one run, for a process that runs several things at once; default 0. */
  readonly spareConnections?: number;
  /** Name of this process in the server's list of sessions. */
  readonly applicationName?: string;
  /** Aborts when the process is to end: statements that the database is still at are cancelled some seconds later. */
  readonly signal?: AbortSignal;
  /** Folder for what processes share: the time of the last token request. */
  readonly cacheDirectory?: string;
  /** See `App`. */
  readonly detach?: Detach | undefined;
}

/**
 * Makes an application; nothing is opened yet.
 *
 * @throws ConfigError where settings name a stream, an export or a column that is not there, or exports or receivers
 * of alerts contradict each other.
 */
export function createApp(options: AppOptions): App {
  const { config, clock = systemClock, events: appEvents = new EventBus() } = options;
  const schemas = schemasFor(config.database.schema);
  checkNames(config, catalogue);
  const privacy = compilePrivacy(config.privacy, catalogue);
  const exports = compileExports(config.exports);
  checkHidden(exports, config.privacy.key !== undefined);
  const isHashed = privacy.of('members')?.rules['email_domain'] === 'hash';
  const analytics = compileAnalytics(
    config.analytics,
    exports,
    config.database.exportsSchema,
    isHashed ? (domain) => privacy.hash(domain) : undefined,
  );
  const receivers = compileAlerts(config.alerts);
  const secrets = liveSecrets(config, appEvents);
  const queues = new Set<RequestQueue>();

  return {
    ...{ config, events: appEvents, clock, schemas, privacy, exports, analytics, receivers },
    detach: options.detach,
    secrets: secrets.all,
    addSecret: secrets.add,
    redact: secrets.redact,
    openDatabase: () => openDatabase(options, secrets.databaseUrl),
    async openClient(pace, events = appEvents) {
      const client = await openClient(options, secrets, {
        ...{ clock, events, ...config.sigma, ...pace },
        // Runs keep Sigma's words on a failure, and these may quote an address.
        hidesAddresses: privacy.of('members')?.rules['email'] !== undefined,
      });
      queues.add(client);
      const close = (): Promise<void> => {
        queues.delete(client);
        return client.close();
      };
      return { ...client, close };
    },
    waiting() {
      const lanes: Record<string, number> = {};
      for (const [lane, count] of [...queues].flatMap((queue) => Object.entries(queue.waiting())))
        lanes[lane] = (lanes[lane] ?? 0) + count;
      return lanes;
    },
    exportEngine: (database, client, events = appEvents) => ({
      ...{ database, schemas, client, events, clock, hash: privacy.hash },
      exportsSchema: config.database.exportsSchema,
      concurrency: config.sync.exportsConcurrency,
      ahead: config.sync.exportsAhead,
    }),
    engine: (database, client, events = appEvents) => ({
      ...{ database, schemas, client, events, catalogue, privacy },
      // A few more units than requests under way keep the lane filled while others wait for the database.
      executor: inProcessExecutor(config.sigma.concurrency + 4),
      pageSize: config.sigma.pageSize,
      maxPages: config.sigma.maxPages,
      deletionGuard: config.sync.deletionGuard,
      resumeWithinMs: config.sync.resumeWithinHours * 3_600_000,
      refreshMs: (stream) =>
        (config.sync.refreshDaysByStream[stream] ?? config.sync.refreshDays) * 24 * 3_600_000,
      history: {
        isLogged: (stream) => !config.history.exclude.includes(stream),
        retentionMonths: config.history.retentionMonths,
      },
      now: () => new Date(clock.now()),
    }),
  };
}

/** Dependencies of applying rules to exports. */
export function hideContext({ schemas, config, exports, privacy }: App, database: Database): HideContext {
  const { exportsSchema } = config.database;
  return { database, schemas, exportsSchema, exports, hash: privacy.hash, keyId: privacy.keyId };
}

/** Schemas that are ours as a whole, and our tables (`schema.table`) in the one that may hold others', too. */
export function ownTables({ schemas, config, exports }: Pick<App, 'schemas' | 'config' | 'exports'>): {
  readonly schemas: readonly string[];
  readonly tables: readonly string[];
} {
  return {
    schemas: [schemas.target, schemas.state, analyticsSchema(schemas)],
    tables: exports.map(({ table }) => `${config.database.exportsSchema}.${table}`),
  };
}

async function openDatabase(options: AppOptions, url: Rotating | undefined): Promise<Database> {
  const { config, spareConnections = 0, applicationName, signal } = options;
  // Most commands open one of the two, and many none.
  if (url === undefined) {
    const { openEmbedded } = await import('./core/database/embedded/database.ts');
    // An archive has answers, too.
    const schema = config.analytics.enabled ? config.database.schema : undefined;
    return openEmbedded({ directory: shortest(config.database.directory), schema, signal });
  }
  const { openPostgres } = await import('./core/database/postgres.ts');
  const { connections } = config.database;
  const usual = Math.max(8, config.sync.exportsConcurrency + 4) + spareConnections;
  // One of those that are allowed holds the locks.
  const maxConnections = connections === undefined ? usual : connections - 1;
  return openPostgres({ url, maxConnections, applicationName, signal });
}

/** Options of one client, besides the settings that all clients share. */
interface ClientOptions
  extends Pick<Config['sigma'], 'timeoutSeconds' | 'maxAttempts' | 'maxAnswerMegabytes' | 'concurrency'> {
  readonly requestsPerMinute?: number | undefined;
  readonly nowhereMs?: number | undefined;
  readonly clock: Clock;
  readonly events: EventBus;
  readonly hidesAddresses: boolean;
}

/** @throws ConfigError where the credentials are not set. */
async function openClient(
  { config, cacheDirectory = join(homedir(), '.cache', 'sigma-sync') }: AppOptions,
  secrets: LiveSecrets,
  options: ClientOptions,
): Promise<SigmaClient & ExportClient & RequestQueue> {
  const {
    clock,
    events,
    concurrency,
    requestsPerMinute,
    nowhereMs,
    timeoutSeconds,
    maxAttempts,
    hidesAddresses,
  } = options;
  const { baseUrl } = requireCredentials(config);
  const [{ openSigmaClient, TOKEN_INTERVAL_MS }, { DEFAULT_RETRY }, { openTokenGate }] = await Promise.all([
    import('./sigma/client.ts'),
    import('./sigma/retry.ts'),
    import('./sigma/token-gate.ts'),
  ]);
  const { clientId, clientSecret } = config.secretFiles;
  const from = config.credentialsFrom;
  const credentials = () => ({
    clientId: secrets.clientId(),
    clientSecret: secrets.clientSecret(),
    ...(from === undefined ? {} : { from }),
  });
  return openSigmaClient({
    ...{ baseUrl, credentials, events, clock, concurrency, requestsPerMinute, nowhereMs },
    rotates: clientId !== undefined || clientSecret !== undefined,
    exportsPerMinute: config.sync.exportsPerMinute,
    // Each export reads one result, and holds on to those of its next windows.
    downloads: config.sync.exportsConcurrency * (config.sync.exportsAhead + 1),
    timeoutMs: timeoutSeconds * 1000,
    maxAnswerBytes: options.maxAnswerMegabytes * 1_000_000,
    retry: { ...DEFAULT_RETRY, maxAttempts },
    tokenGate: openTokenGate(cacheDirectory, TOKEN_INTERVAL_MS, baseUrl, credentials, clock),
    onToken: secrets.addToken,
    redact: hidesAddresses ? (text) => withoutAddresses(secrets.redact(text)) : secrets.redact,
  });
}

/** The folder as a person would write it. */
function shortest(directory: string): string {
  const short = relative(process.cwd(), directory);
  return short === '' || short.startsWith('..') ? directory : short;
}
