/** Lists of the streams, their simulation and the migrations, read from their folders, so that nothing reads folders at run time. */
import { readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Stream } from '../src/extractors/stream.ts';

const CHECKOUT = resolve(import.meta.dirname, '..');

const STREAMS = 'src/extractors/streams';

/** Its folders, in the order in which their streams are shown. */
const AREAS = ['people', 'content', 'data', 'access'];

/** The generated lists: path → text. */
export async function catalogues(): Promise<Map<string, string>> {
  return new Map([
    ['src/extractors/streams.generated.ts', await streamsList()],
    ['migrations/index.generated.ts', migrationsList()],
    ['simulator/streams.generated.ts', simulatorStreams()],
  ]);
}

/** The TypeScript files in the folders of a folder, sorted, by their paths from it: `people/teams.ts`. */
export function listing(folder: string): string[] {
  return readdirSync(join(CHECKOUT, folder), { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile() && file.name.endsWith('.ts'))
    .map((file) => relative(join(CHECKOUT, folder), join(file.parentPath, file.name)).replaceAll('\\', '/'))
    .filter((path) => path.includes('/') && !path.startsWith('shared/'))
    .sort();
}

/** By name, but each comes right after the last of its parents that is among them. */
export function inFamilies<S extends Pick<Stream, 'name' | 'parents'>>(streams: readonly S[]): S[] {
  const sorted = streams.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const names = new Set(sorted.map(({ name }) => name));
  const placed = new Map<string, S>();
  const place = (stream: S): void => {
    const waits = stream.parents.some((parent) => names.has(parent) && !placed.has(parent));
    if (waits || placed.has(stream.name)) return;
    placed.set(stream.name, stream);
    for (const child of sorted) if (child.parents.includes(stream.name)) place(child);
  };
  for (const stream of sorted) place(stream);
  if (placed.size < streams.length) throw new Error('Streams are planned from each other in a circle.');
  return [...placed.values()];
}

interface Declared extends Pick<Stream, 'name' | 'parents'> {
  /** Path below the folder of streams. */
  readonly path: string;
  /** Name of the constant that the file exports. */
  readonly constant: string;
}

async function streamsList(): Promise<string> {
  const declared = await Promise.all(listing(STREAMS).map(declaredIn));
  const areas = AREAS.map((area) => ({
    area,
    streams: inFamilies(declared.filter(({ path }) => path.startsWith(`${area}/`))),
  }));
  const imports = areas
    .flatMap(({ streams }) => streams)
    .map(({ path, constant }) => `import { ${constant} } from './streams/${path}';`);
  const elsewhere = declared.length - imports.length;
  if (elsewhere > 0) throw new Error(`${elsewhere} streams are in no area: ${AREAS.join(', ')}.`);
  const lists = areas.map(
    ({ area, streams }) =>
      `  ${area}: [\n${streams.map(({ constant }) => `    ${constant},\n`).join('')}  ],\n`,
  );
  return `import type { Stream } from './stream.ts';
${imports.join('\n')}

/** The streams by what they are about, parents before their children. */
export const areas: Readonly<Record<string, readonly Stream[]>> = {
${lists.join('')}};
`;
}

/** The one stream that a file declares. */
async function declaredIn(path: string): Promise<Declared> {
  const module: Record<string, unknown> = await import(pathToFileURL(join(CHECKOUT, STREAMS, path)).href);
  const found = Object.entries(module).flatMap(([constant, value]) =>
    isStream(value) ? [{ path, constant, name: value.name, parents: value.parents }] : [],
  );
  const [declared, ...others] = found;
  if (declared === undefined || others.length > 0)
    throw new Error(`${path} exports ${found.length} streams; it is to export one.`);
  return declared;
}

function isStream(value: unknown): value is Stream {
  return typeof value === 'object' && value !== null && 'columns' in value && 'parents' in value;
}

function migrationsList(): string {
  const names = readdirSync(join(CHECKOUT, 'migrations'))
    .flatMap((file) => /^(\d{4}_\w+)\.ts$/.exec(file)?.[1] ?? [])
    .sort();
  return `import type { SchemaMigration } from './migration.ts';

/** The numbered migrations by name, in order, each loaded when it is applied. Never change one that was released; add the next number. */
export const migrations: Readonly<Record<string, () => Promise<SchemaMigration>>> = {
${names.map((name) => `  '${name}': () => import('./${name}.ts'),`).join('\n')}
};
`;
}

/** `people/team-members.ts` is the stream `team_members`, by the constant `teamMembers`. */
function namesOf(path: string): { readonly name: string; readonly constant: string } {
  const file = path.slice(path.lastIndexOf('/') + 1, -'.ts'.length);
  return {
    name: file.replaceAll('-', '_'),
    constant: file.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()),
  };
}

function simulatorStreams(): string {
  const files = listing('simulator/streams').map((path) => ({ path, ...namesOf(path) }));
  return `${files.map(({ path, constant }) => `import { ${constant} } from './streams/${path}';`).join('\n')}

/** Every stream of the simulated API by its name. */
export const streams = {
${files.map(({ name, constant }) => `  ${name === constant ? name : `${name}: ${constant}`},`).join('\n')}
};
`;
}
