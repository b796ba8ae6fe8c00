/** Writes the image of a migrated PGlite to the file named by the first argument. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { openEmbedded } from '../../src/core/database/embedded/database.ts';
import { EventBus } from '../../src/core/events/bus.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { migrate } from '../../src/state/migrate.ts';
import { schemas } from './template.ts';

const target = process.argv[2];
if (target === undefined) throw new Error('usage: make-pglite-image.ts FILE');

const directory = `${target}.database`;
const database = await openEmbedded({ directory });
await migrate(database, schemas, catalogue, new EventBus());
await database.close();

const engine = await PGlite.create(join(directory, 'pgdata'));
// Uncompressed, because it is read far more often than written: 200 ms to load instead of 340.
const image = await engine.dumpDataDir('none');
await engine.close();
await writeFile(target, Buffer.from(await image.arrayBuffer()));
await rm(directory, { recursive: true });
