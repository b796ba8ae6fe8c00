/** Schedules of several organizations in one process: a service for each, over one database, some runs at a time. */
import PQueue from 'p-queue';
import type { FleetConfig } from '../../config/fleet.ts';
import { organizationNamed } from '../../config/load-config.ts';
import type { Database } from '../../core/database/database.ts';
import { ConfigError, describeError, LockedError } from '../../core/errors.ts';
import { EventBus } from '../../core/events/bus.ts';
import { logEvents } from '../../core/logging/log-events.ts';
import { type Logger, openLog, withFields } from '../../core/logging/logger.ts';
import { redact } from '../../core/logging/redact.ts';
import { CONNECTIONS_EACH, named } from '../../fleet/open-fleet.ts';
import { systemClock } from '../../sigma/clock.ts';
import { readOrganizations } from '../metrics/fleet-figures.ts';
import { openFleetMetrics } from '../metrics/open-fleet-metrics.ts';
import { closed } from '../service/accept-settings.ts';
import type { JobOutcome } from '../service/job-run.ts';
import type { KeptPage } from '../service/keep-page.ts';
import { LINGER_MS } from '../service/run-service.ts';
import { openService, type Service } from '../service/service.ts';
import { onSignals } from '../service/signals.ts';
import { openWatch, type Watch } from '../service/watch.ts';
import { baseOf } from '../web/organizations.ts';
import { alertsInProcess, type InProcessAlerts } from './in-process-alerts.ts';
import { openInProcessPage } from './in-process-page.ts';
import { lentDatabases } from './lent-databases.ts';

/** Options of the process that runs the schedules of several organizations. */
export interface RunFleetOptions {
  /** Reads the settings: all organizations, and the names of those that this process is for. @throws ConfigError */
  readonly load: () => { readonly config: FleetConfig; readonly names: readonly string[] };
  /** Run what is due and end. */
  readonly once: boolean;
  /** Given what takes every secret out of a text, as soon as there is one. */
  readonly onOpen: (redact: (text: string) => string) => void;
}

/** The service of one organization. */
interface Unit {
  readonly name: string;
  readonly service: Service;
  readonly watch: Watch;
  readonly logger: Logger;
  close(reason: string): Promise<void>;
}

/**
 * Runs the schedules until a signal stops them, or, with `once`, until everything due is done. SIGHUP reads the
 * settings again: new organizations begin, removed ones end. A failure of one ends no other.
 *
 * @throws ConfigError; with every organization ended, the error of the first of them.
 */
export async function runFleet(
  options: RunFleetOptions,
): Promise<{ outcomes: readonly JobOutcome[]; stoppedBy: string | undefined }> {
  const fleet = new FleetOfServices(options);
  let stoppedBy: string | undefined;
  const stop = (name: string): void => {
    stoppedBy = name;
    fleet.end(name);
  };
  const release = onSignals(stop, () => void fleet.reload());
  try {
    await fleet.openAll();
    const outcomes = options.once ? await fleet.once() : [];
    if (!options.once) await fleet.serve();
    return { outcomes, stoppedBy };
  } finally {
    await fleet.close(stoppedBy ?? 'the end of the command');
    release();
    // A connection that hangs must not keep a process whose work is over.
    setTimeout(() => process.exit(), LINGER_MS).unref();
  }
}

class FleetOfServices {
  readonly #options: RunFleetOptions;
  readonly #units = new Map<string, Unit>();
  readonly #databases = lentDatabases();
  /** Secrets of every service that ever was: a line of the log may come late. */
  readonly #secrets: (() => readonly string[])[] = [];
  readonly #ended = Promise.withResolvers<void>();
  readonly #logger: Logger;
  readonly #events = new EventBus();
  #page: KeptPage | undefined;
  #refused: string | undefined;
  #chosen: { readonly of: readonly string[] | undefined; readonly config: FleetConfig } | undefined;
  readonly #alerts: InProcessAlerts;
  #config: FleetConfig;
  #names: readonly string[];
  #atWork = 0;
  #isEnding = false;
  #failure: unknown;
  #reloading: Promise<void> = Promise.resolve();
  /** Of those organizations that this process is for. */
  readonly #metrics = openFleetMetrics({ read: (now) => this.#read(now) });

  constructor(options: RunFleetOptions) {
    this.#options = options;
    ({ config: this.#config, names: this.#names } = options.load());
    this.#logger = openLog(this.#config.base.log, () => this.#allSecrets());
    logEvents(this.#events, this.#logger, { stateSchema: this.#config.together });
    const hide = (text: string): string => redact(text, this.#allSecrets());
    options.onOpen(hide);
    this.#alerts = alertsInProcess({
      members: () => [...this.#units.values()].map(({ name, service: { app } }) => ({ name, app })),
      database: () => this.#database(),
      ...{ logger: this.#logger, redact: hide, clock: systemClock },
    });
  }

  #allSecrets(): readonly string[] {
    return [...new Set(this.#secrets.flatMap((of) => of()))];
  }

  async openAll(): Promise<void> {
    for (const name of this.#names) await this.#open(name);
  }

  async #read(now: number) {
    const [first] = this.#units.values();
    if (first === undefined) return { organizations: [] };
    return { organizations: await readOrganizations(await first.service.database(), this.#ownConfig(), now) };
  }

  /** The settings with no organizations but those of this process; the same object as long as they are in force. */
  #ownConfig(): FleetConfig {
    const of = this.#names;
    if (this.#chosen?.of !== of) {
      const organizations = of.map((name) => organizationNamed(this.#config, name));
      this.#chosen = { of, config: { ...this.#config, organizations } };
    }
    return this.#chosen.config;
  }

  async #open(name: string): Promise<Unit> {
    const events = new EventBus();
    const { organizationsAtOnce } = this.#config.base.service;
    const service = named(name, () =>
      openService({
        load: () => organizationNamed(this.#config, name).config,
        fleet: () => ({ fleet: this.#config, organization: name }),
        lend: this.#databases.lend,
        takeSlot: () => this.#takeSlot(),
        moreConnections: CONNECTIONS_EACH * (organizationsAtOnce - 1),
        spreads: !this.#options.once,
        pagePath: baseOf(name),
        events,
      }),
    );
    this.#secrets.push(() => service.secrets());
    const logger = withFields(this.#logger, { organization: name });
    const stopLog = logEvents(events, logger, { stateSchema: service.app.schemas.state });
    const stopCounting = this.#metrics.follow(name, events);
    const watch = await openWatch(service, () => this.#alerts.of(name));
    const schedules = service.app.config.schedules.map((schedule) => schedule.name);
    events.emit('service.started', { url: undefined, schedules });
    const close = async (reason: string): Promise<void> => {
      this.#units.delete(name);
      await service.stop(reason);
      await watch.close();
      stopLog();
      stopCounting();
    };
    const unit = { name, service, watch, logger, close };
    this.#units.set(name, unit);
    return unit;
  }

  /** The database of all organizations. */
  async #database(): Promise<Database> {
    const [unit] = this.#units.values();
    if (unit === undefined) throw closed();
    return unit.service.database();
  }

  #takeSlot(): (() => void) | undefined {
    if (!this.#options.once && this.#atWork >= this.#config.base.service.organizationsAtOnce)
      return undefined;
    this.#atWork++;
    return () => {
      this.#atWork--;
    };
  }

  /** Serves until `end`; one that can't go on leaves the others to it. @throws what ended the first, where all ended. */
  async serve(): Promise<void> {
    this.#page = await this.#openPage();
    this.#events.emit('service.started', { url: this.#page.url, schedules: [] });
    for (const unit of this.#units.values()) this.#serve(unit);
    this.#alerts.begin();
    await this.#ended.promise;
    await this.#reloading;
    if (!this.#isEnding && this.#failure !== undefined) throw this.#failure;
  }

  #openPage(): Promise<KeptPage> {
    return openInProcessPage({
      units: this.#units,
      config: () => this.#ownConfig(),
      metrics: this.#metrics,
      events: this.#events,
      redact: (text) => redact(text, this.#allSecrets()),
      refusedConfig: () => this.#refused,
      isStopping: () => this.#isEnding,
    });
  }

  #serve(unit: Unit): void {
    unit.service.serve().catch(async (error: unknown) => {
      this.#failure ??= error;
      unit.logger.error('organization.failed', { error: describeError(error) });
      await unit.close('an error');
      if (this.#units.size === 0) this.#ended.resolve();
    });
  }

  /** Runs what is due of each, some at a time. */
  async once(): Promise<readonly JobOutcome[]> {
    const queue = new PQueue({ concurrency: this.#config.base.service.organizationsAtOnce });
    const all = await Promise.all([...this.#units.values()].map((unit) => queue.add(() => this.#once(unit))));
    // Once, when all have ended: a cause that many have in common is one message.
    await this.#alerts.round();
    return all.flat();
  }

  async #once({ service, logger }: Unit): Promise<readonly JobOutcome[]> {
    if (this.#isEnding) return [];
    try {
      return await service.once();
    } catch (thrown) {
      const error = describeError(thrown);
      logger.error('organization.failed', { error });
      const status = thrown instanceof LockedError ? 'blocked' : 'failed';
      return [{ status, runId: undefined, error, retry: 'later', notBefore: undefined }];
    }
  }

  /** Reads the settings again. Broken ones are refused, and the old ones stay in force. */
  reload(): Promise<void> {
    this.#reloading = this.#reloading.then(async () => {
      if (this.#isEnding) return;
      try {
        ({ config: this.#config, names: this.#names } = this.#options.load());
        this.#refused = undefined;
      } catch (error) {
        this.#refused = describeError(error);
        this.#logger.error('config.refused', { error: this.#refused });
        return;
      }
      const names = new Set(this.#names);
      for (const unit of [...this.#units.values()]) {
        if (!names.has(unit.name)) await unit.close('the settings, which have it no longer');
        else await unit.service.reload();
      }
      for (const name of names) {
        if (this.#units.has(name) || this.#isEnding) continue;
        try {
          this.#serve(await this.#open(name));
        } catch (error) {
          if (!(error instanceof ConfigError)) throw error;
          this.#logger.error('config.refused', { error: describeError(error) });
        }
      }
      await this.#page?.move();
    });
    return this.#reloading;
  }

  end(reason: string): void {
    this.#isEnding = true;
    this.#page?.stopping();
    for (const { service } of this.#units.values()) void service.stop(reason);
    this.#ended.resolve();
  }

  async close(reason: string): Promise<void> {
    this.#isEnding = true;
    await this.#reloading;
    await this.#page?.close();
    await this.#alerts.close();
    await Promise.all([...this.#units.values()].map((unit) => unit.close(reason)));
    await this.#databases.close();
    await this.#logger.flush();
  }
}
