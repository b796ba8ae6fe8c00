/** The page of a process that runs several organizations itself, with its metrics and probes. */
import type { FleetConfig } from '../../config/fleet.ts';
import { ConfigError } from '../../core/errors.ts';
import type { EventBus } from '../../core/events/bus.ts';
import type { KeptPage } from '../service/keep-page.ts';
import { type ProbeOptions, probesOf } from '../service/probes.ts';
import type { Service } from '../service/service.ts';
import { openFleetPage } from './fleet-page.ts';
import { UNREACHABLE } from './health.ts';

/** An organization at work in this process. */
interface Unit {
  readonly service: Service;
}

/** Dependencies of {@link openInProcessPage}. */
export interface InProcessPageOptions {
  /** The organizations at work now, by name. */
  readonly units: ReadonlyMap<string, Unit>;
  /** The settings with no organizations but those of this process. */
  readonly config: () => FleetConfig;
  readonly metrics: ProbeOptions['metrics'];
  readonly events: EventBus;
  readonly redact: (text: string) => string;
  /** Why the settings that were loaded last were refused. */
  readonly refusedConfig: () => string | undefined;
  readonly isStopping: () => boolean;
}

/** Opens the page over all organizations, with the pages of each behind it. */
export function openInProcessPage(options: InProcessPageOptions): Promise<KeptPage> {
  const { units, config, metrics, events, redact, refusedConfig, isStopping } = options;
  const organizations = {
    all: () => config().organizations,
    open: async (name: string) => {
      const unit = units.get(name);
      if (unit === undefined) return 'This process does not work on it. The log says why.';
      const isGone = (): boolean => units.get(name) !== unit;
      return { control: unit.service, isGone, close: async () => undefined };
    },
  };
  const anyService = (): Service => {
    const [unit] = units.values();
    if (unit === undefined) throw new ConfigError('No organization is left in this process.');
    return unit.service;
  };
  return openFleetPage({
    ...{ role: 'leader', organizations, refusedConfig },
    app: () => ({ ...anyService().app, config: config().base, events, redact }),
    database: async () => anyService().database(),
    onFailure: (error) => events.emit('page.failed', { error }),
    extra: probesOf({ metrics, health: async () => troublesOf([...units.values()]), isStopping }),
  });
}

/** Why this process is not well; empty if it is. */
function troublesOf(units: readonly Unit[]): readonly string[] {
  if (units.length === 0) return ['No organization is at work.'];
  return units.some(({ service }) => service.unreachable !== undefined) ? [UNREACHABLE] : [];
}
