/** Dependencies of the export engine; the composition root fills them in. */
import type { Database } from '../core/database/database.ts';
import type { EventBus } from '../core/events/bus.ts';
import type { Hash } from '../loaders/privacy/mask.ts';
import type { ExportClient, SigmaClient } from '../sigma/client.ts';
import type { Clock } from '../sigma/clock.ts';
import type { RunOrigin } from '../state/run-types.ts';
import type { Schemas } from '../state/schemas.ts';
import type { ExportDefinition } from './decide/definition.ts';

/** The parts of the engine, the same for every run. */
export interface ExportEngine {
  readonly database: Database;
  readonly schemas: Schemas;
  /** Schema of the tables. */
  readonly exportsSchema: string;
  readonly client: SigmaClient & ExportClient;
  readonly events: EventBus;
  readonly clock: Clock;
  /** Makes the hashes of hidden columns; needed where an export hides some. */
  readonly hash?: Hash;
  /** Exports loaded at once. */
  readonly concurrency: number;
  /** Windows of one export that Sigma works on at once. */
  readonly ahead: number;
}

/** Request for one run of exports. */
export interface ExportOptions {
  readonly exports: readonly ExportDefinition[];
  /** Default: the command line. */
  readonly origin?: RunOrigin | undefined;
  /** Load this range instead of what is new since the watermark; only for exports with a window. */
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
  /** Replace tables also where too few rows are left. */
  readonly acceptDeletions?: boolean | undefined;
  /** Aborts when the user or the service manager asks us to stop. */
  readonly signal: AbortSignal;
}
