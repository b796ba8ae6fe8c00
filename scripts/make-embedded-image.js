// Writes the archive of an empty embedded database to the file named by the first argument. PGlite makes one by running
// initdb, which takes two seconds and a gigabyte; unpacking the archive takes neither.
import { writeFileSync } from 'node:fs';
import { PGlite } from '@electric-sql/pglite';

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error('usage: make-embedded-image.js FILE');
const pglite = await PGlite.create();
const image = await pglite.dumpDataDir('gzip');
await pglite.close();
writeFileSync(path, Buffer.from(await image.arrayBuffer()));
