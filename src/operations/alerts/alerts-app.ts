/** The application as alerts see it. */

import type { Receiver } from '../../config/receivers.ts';
import type { Config } from '../../config/schema.ts';
import type { EventBus } from '../../core/events/bus.ts';
import type { ExportDefinition } from '../../exports/decide/definition.ts';
import type { Schemas } from '../../state/schemas.ts';

/** The part of an application that alerts need; `App` has it all. */
export interface AlertsApp {
  readonly config: Config;
  readonly events: EventBus;
  readonly clock: { now(): number };
  readonly schemas: Schemas;
  readonly exports: readonly ExportDefinition[];
  readonly receivers: readonly Receiver[];
  redact(text: string): string;
}
