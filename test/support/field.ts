/** A sync of the whole catalogue into a database that is not the one of the test run, by its address. */
import { openPostgres, type PostgresOptions } from '../../src/core/database/postgres.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { migrate } from '../../src/state/migrate.ts';
import { type Rig, startRig } from './rig.ts';
import { differences } from './truth.ts';

/** See {@link startField}. */
export interface Field extends Pick<Rig, 'run' | 'sync' | 'simulator' | 'events'>, AsyncDisposable {
  readonly database: Rig['engine']['database'];
  /** The differences between its tables and the organization; nothing, when all is well. */
  differences(): Promise<string[]>;
}

/** Migrates the database, and is ready to sync a small organization into it. */
export async function startField(options: PostgresOptions): Promise<Field> {
  const database = openPostgres(options);
  const rig = await startRig({
    organization: { seed: 1, workbooks: 6 },
    streams: catalogue,
    engine: { database },
  });
  const { schemas } = rig.test;
  const close = async (): Promise<void> => {
    await database.close();
    await rig[Symbol.asyncDispose]();
  };
  try {
    await migrate(database, schemas, catalogue, rig.events);
  } catch (error) {
    await close();
    throw error;
  }
  const { run, sync, simulator, events } = rig;
  return {
    ...{ database, run, sync, simulator, events },
    differences: () => differences(database, schemas, simulator.organization, catalogue),
    [Symbol.asyncDispose]: close,
  };
}
