/** The schemas and tables of organizations. */
import type { FleetConfig } from '../config/fleet.ts';
import { type Schemas, schemasFor } from '../state/schemas.ts';

/** An organization and where its tables are. */
export interface Place {
  readonly name: string;
  readonly schemas: Schemas;
}

/** The schemas and tables of each organization. */
export function placesOf({ organizations }: Pick<FleetConfig, 'organizations'>): readonly Place[] {
  return organizations.map(({ name, config }) => ({ name, schemas: schemasFor(config.database.schema) }));
}
