/** Writes docs/streams.md from the declarations of the streams. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { streamsDoc } from '../src/extractors/streams-document.ts';

const file = join(import.meta.dirname, '../docs/streams.md');
writeFileSync(file, streamsDoc());
process.stdout.write('docs/streams.md\n');
