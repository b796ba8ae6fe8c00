/** Organizations with all their tables and no rows, for the views over all of them. */
import { type Database, ensureSchema, quoteTable, runAll } from '../../src/core/database/database.ts';
import { EventBus } from '../../src/core/events/bus.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import type { Place } from '../../src/fleet/places.ts';
import { migrate } from '../../src/state/migrate.ts';
import { schemasFor } from '../../src/state/schemas.ts';

/** Makes the tables of the streams of organizations `from` to `to`; the first one's are made as a sync makes them. */
export async function makeOrganizations(database: Database, from: number, to: number): Promise<Place[]> {
  const places = Array.from({ length: to }, (_, index): Place => {
    return { name: `tenant_${index}`, schemas: schemasFor(`sigma_tenant_${index}`) };
  });
  const [model, ...others] = places;
  if (model !== undefined && from === 0) await migrate(database, model.schemas, catalogue, new EventBus());
  for (const { schemas } of others.slice(Math.max(0, from - 1))) {
    await database.transaction(async (session) => {
      await ensureSchema(session, schemas.target);
      await runAll(
        session,
        catalogue.map(
          ({ name }) =>
            `create table ${quoteTable(schemas.target, name)} (like ${quoteTable(model?.schemas.target ?? '', name)} including all)`,
        ),
      );
    });
  }
  return places;
}
