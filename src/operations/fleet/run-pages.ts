/** `serve` for many organizations: the page over all of them and the pages of each, without the schedules. */
import type { App } from '../../app.ts';
import type { FleetConfig, OrganizationConfig } from '../../config/fleet.ts';
import { organizationNamed } from '../../config/load-config.ts';
import type { Database } from '../../core/database/database.ts';
import { DatabaseError, describeError, LockedError } from '../../core/errors.ts';
import { EventBus } from '../../core/events/bus.ts';
import { logEvents } from '../../core/logging/log-events.ts';
import { openLog } from '../../core/logging/logger.ts';
import { redact } from '../../core/logging/redact.ts';
import { within } from '../../core/within.ts';
import { type Fleet, openFleet } from '../../fleet/open-fleet.ts';
import type { KeptPage } from '../service/keep-page.ts';
import { LINGER_MS } from '../service/run-service.ts';
import { onSignals } from '../service/signals.ts';
import type { Extra } from '../web/routes.ts';
import { openFleetPage } from './fleet-page.ts';
import { lentDatabases } from './lent-databases.ts';
import { openSecrets } from './open-secrets.ts';
import { visitedServices } from './visited-services.ts';

/** Settings of the pages of many organizations. */
export interface RunPagesOptions {
  /** Reads the settings: all organizations, and the names of those to show. Called again by each SIGHUP. @throws ConfigError */
  readonly load: () => { readonly config: FleetConfig; readonly names: readonly string[] };
  /** Given what takes every secret out of a text, as soon as there is one. */
  readonly onSecrets: (redact: (text: string) => string) => void;
  /** Further addresses of the process. */
  readonly extra?: Readonly<Record<string, Extra>>;
}

/** Settings that were accepted as a whole. */
interface InForce {
  readonly config: FleetConfig;
  readonly chosen: readonly OrganizationConfig[];
  readonly app: App;
}

/** A database that takes so long does not answer, in milliseconds. */
const ANSWER_MS = 30_000;

/**
 * Serves until a signal stops it. A database that is away is waited for.
 *
 * @throws ConfigError; LockedError where another process has the embedded database; DatabaseError where only other
 * settings lead to a database.
 */
export async function runPages({ load, onSecrets, extra }: RunPagesOptions): Promise<void> {
  const secrets = openSecrets();
  const hide = (text: string): string => redact(text, secrets.all());
  onSecrets(hide);
  const events = new EventBus();
  let forget = (): void => undefined;
  const accept = (): InForce => {
    const { config, names } = load();
    const chosen = names.map((name) => organizationNamed(config, name));
    const fleet = openFleet({ config, chosen });
    forget();
    forget = secrets.add(fleet.secrets);
    return { config, chosen, app: sharedApp(fleet, config, events, hide) };
  };
  let inForce = accept();
  let refused: string | undefined;
  const logger = openLog(inForce.config.base.log, secrets.all);
  const stopLog = logEvents(events, logger, { stateSchema: inForce.app.schemas.state });
  const databases = lentDatabases();
  const organizations = visitedServices({
    ...{ databases, logger },
    config: () => inForce.config,
    chosen: () => inForce.chosen,
    onSecrets: secrets.add,
  });
  let page: KeptPage | undefined;
  const reload = async (): Promise<void> => {
    try {
      inForce = accept();
      refused = undefined;
    } catch (error) {
      refused = hide(describeError(error));
      events.emit('config.refused', { error: refused });
      return;
    }
    await organizations.reload();
    await page?.move();
    events.emit('config.reloaded', { file: inForce.config.base.file });
  };
  const stopped = Promise.withResolvers<string>();
  const release = onSignals(stopped.resolve, () => void reload());
  try {
    await reach(organizations.database());
    page = await openFleetPage({
      ...{ role: 'page', organizations, database: organizations.database },
      app: () => inForce.app,
      refusedConfig: () => refused,
      onFailure: (error) => events.emit('page.failed', { error }),
      ...(extra === undefined ? {} : { extra }),
    });
    events.emit('service.started', { url: page.url, schedules: [] });
    events.emit('service.stopping', { reason: await stopped.promise });
  } finally {
    page?.stopping();
    await page?.close();
    await databases.close();
    stopLog();
    release();
    await logger.flush();
    // A connection that hangs must not keep a process whose work is over.
    setTimeout(() => process.exit(), LINGER_MS).unref();
  }
}

/** The settings for the page over all organizations: those that they share, and the secrets of all. */
export function sharedApp(
  { members }: Pick<Fleet, 'members'>,
  config: FleetConfig,
  events: EventBus,
  hide: (text: string) => string,
): App {
  const [first] = members;
  if (first === undefined) throw new Error('a page over no organization');
  return { ...first.app, config: config.base, events, redact: hide };
}

/** @throws LockedError; DatabaseError where only other settings help */
async function reach(database: Promise<Database>): Promise<void> {
  let lasting: unknown;
  const asked = database
    .then((opened) => opened.session((session) => session.query('select 1')))
    .catch((error: unknown) => {
      if (error instanceof LockedError || (error instanceof DatabaseError && error.inSettings))
        lasting = error;
    });
  await within(asked, ANSWER_MS);
  if (lasting !== undefined) throw lasting;
}
