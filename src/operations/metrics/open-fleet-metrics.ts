/** The metrics of a process of many organizations: what it does for each, and what the database knows of each. */
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { EventBus } from '../../core/events/bus.ts';
import { version } from '../../core/version.ts';
import { DATABASE_METRICS, FLEET_METRICS, PROCESS_METRICS, QUEUE_METRICS } from './definitions.ts';
import { type Figure, keepFresh } from './figures.ts';
import type { FleetFigures, OrganizationFigures, QueueFigures } from './fleet-figures.ts';
import { type Instruments, makeInstruments } from './instruments.ts';
import { countEvents, expectStream, labelsOf } from './listen.ts';
import { CACHE_MS, fill, LOST_MS, PATIENCE_MS, type Scrape } from './open-metrics.ts';

/** A server must not be busy with being looked at, however many organizations there are. */
const MOST_SHARE = 0.02;

/** Options of `openFleetMetrics`. */
export interface FleetMetricsOptions {
  /** Reads what the database knows; without it the process has no such metrics. @throws DatabaseError, which fails no scrape */
  readonly read?: ((now: number) => Promise<FleetFigures>) | undefined;
  /** Milliseconds since 1970; default: the system's clock. */
  readonly now?: () => number;
  readonly cacheMs?: number;
  readonly patienceMs?: number;
}

/** Metrics of many organizations that are being collected. */
export interface FleetMetrics {
  /** Counts what this bus tells of an organization, until the returned function is called. */
  follow(organization: string, events: EventBus): () => void;
  /** The text of a scrape. Never throws, never waits long. */
  expose(): Promise<Scrape>;
}

/** Collects from now on. */
export function openFleetMetrics(options: FleetMetricsOptions): FleetMetrics {
  const { read, now = () => Date.now() } = options;
  const registry = new Registry();
  const into = makeInstruments(registry, PROCESS_METRICS);
  collectDefaultMetrics({ register: registry });
  into.build.set({ version, node: process.version }, 1);
  const show = read === undefined ? undefined : openShow(registry, now);
  const known =
    read === undefined
      ? undefined
      : keepFresh({
          read: () => read(now()),
          cacheMs: options.cacheMs ?? CACHE_MS,
          mostShare: MOST_SHARE,
          patienceMs: options.patienceMs ?? PATIENCE_MS,
          lostMs: LOST_MS,
          now: () => performance.now(),
        });
  return {
    follow(organization, events) {
      expectStream(into, '', labelsOf(organization));
      return countEvents(events, into, organization);
    },
    async expose() {
      if (known !== undefined) {
        const { reachable, figures } = await known();
        show?.(reachable, figures);
      }
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
  };
}

/** Makes the instruments for what the database knows. They show nothing while it is silent. */
function openShow(registry: Registry, now: () => number) {
  const { reachable: isReachable, alerts } = DATABASE_METRICS;
  const into = makeInstruments(registry, { reachable: isReachable, alerts, ...FLEET_METRICS });
  let queue: Instruments<typeof QUEUE_METRICS> | undefined;
  return (reachable: boolean, figures: FleetFigures | undefined): void => {
    into.reachable.set(reachable ? 1 : 0);
    showOrganizations(into, figures?.organizations, now() / 1000);
    // Only a planner has figures of the queue.
    if (figures?.queue !== undefined) queue ??= makeInstruments(registry, QUEUE_METRICS);
    if (queue !== undefined) showQueue(queue, figures?.queue);
  };
}

function showOrganizations(
  into: Instruments<typeof FLEET_METRICS & Pick<typeof DATABASE_METRICS, 'alerts'>>,
  all: readonly OrganizationFigures[] | undefined,
  now: number,
): void {
  const of = (value: (one: OrganizationFigures) => number | null): readonly Figure[] =>
    (all ?? []).flatMap((one) => {
      const figure = value(one);
      return figure === null ? [] : [{ name: one.organization, value: figure }];
    });
  const age = ({ stalest }: OrganizationFigures): number | null =>
    stalest === null ? null : Math.max(0, now - stalest);
  if (all === undefined) into.organizations.remove();
  else into.organizations.set(all.length);
  fill(into.organizationFreshness, of(age), 'organization');
  fill(
    into.organizationStale,
    of(({ stale }) => stale),
    'organization',
  );
  fill(
    into.organizationNeverRead,
    of(({ neverRead }) => neverRead),
    'organization',
  );
  fill(
    into.organizationFailing,
    of(({ failing }) => failing),
    'organization',
  );
  fill(
    into.organizationSuccess,
    of(({ lastSuccess }) => lastSuccess),
    'organization',
  );
  fill(
    into.organizationFailed,
    of(({ lastFailed }) => (lastFailed === null ? null : Number(lastFailed))),
    'organization',
  );
  fill(
    into.organizationSeconds,
    of(({ lastSeconds }) => lastSeconds),
    'organization',
  );
  fill(
    into.alerts,
    of(({ openAlerts }) => openAlerts),
    'organization',
  );
}

const JOB_STATES: readonly string[] = ['waiting', 'delayed', 'active', 'failed'];

function showQueue(into: Instruments<typeof QUEUE_METRICS>, queue: QueueFigures | undefined): void {
  const states = queue === undefined ? [] : JOB_STATES;
  fill(
    into.queueJobs,
    states.map((name) => ({ name, value: queue?.jobs[name] ?? 0 })),
    'state',
  );
  const processes =
    queue === undefined
      ? []
      : [
          { name: 'planner', value: queue.planners },
          { name: 'worker', value: queue.workers },
        ];
  fill(into.queueProcesses, processes, 'kind');
  into.queueOldest.remove();
  if (queue !== undefined) into.queueOldest.set(queue.oldestSeconds ?? 0);
  into.queueLook.remove();
  if (typeof queue?.lookSeconds === 'number') into.queueLook.set(queue.lookSeconds);
}
