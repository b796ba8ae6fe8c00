/** Writes the documents that follow from src/config/schema.ts; a test fails where they are not current. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GENERATED } from '../src/config/config-document.ts';

for (const [path, content] of Object.entries(GENERATED)) {
  const file = fileURLToPath(new URL(`../${path}`, import.meta.url));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content());
  process.stdout.write(`${path}\n`);
}
