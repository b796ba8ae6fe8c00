/** Writes everything that is generated: `npm run docs`. A test fails where something is not current. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { catalogues } from './generate-catalogues.ts';
import { withNote } from './generated-note.ts';

const CHECKOUT = resolve(import.meta.dirname, '..');

function write(path: string, text: string): void {
  const file = resolve(CHECKOUT, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

const lists = await catalogues();
for (const [path, text] of lists) write(path, withNote(path, text));

// Only now, because they are made from what the lists import.
const { documents, FOLDERS, illustrated } = await import('./generated-documents.ts');
const { FRESH, freshScript } = await import('./generate-fresh-schema.ts');
const files = new Map([...documents(), [FRESH, await freshScript()]]);
for (const folder of FOLDERS) rmSync(resolve(CHECKOUT, folder), { recursive: true, force: true });
for (const [path, text] of files) write(path, withNote(path, text));
for (const [path, text] of illustrated()) write(path, text);
process.stdout.write(`${lists.size + files.size} generated files\n`);
