/** Samples where the main thread spends its time, and sums the samples by function and by part. */
import { Session } from 'node:inspector/promises';

/** The parts the main thread's time is told apart by, in the order of the report. */
export const PARTS = [
  'HTTP client',
  'JSON',
  'rows and COPY text',
  'engine',
  'database driver',
  'PGlite',
  'garbage collection',
  'Node and V8',
] as const;
export type Part = (typeof PARTS)[number];

/** A function and its share of the busy time. */
export interface HotSpot {
  readonly share: number;
  readonly name: string;
  readonly place: string;
}

/** The result of the samples. */
export interface Profile {
  /** Share of the thread's time in which it did something; sampling makes Node's own figure for it wrong. */
  readonly busy: number;
  /** Shares of the busy time. */
  readonly parts: ReadonlyMap<Part, number>;
  readonly top: readonly HotSpot[];
  /** As Chrome's developer tools and Visual Studio Code read it (`.cpuprofile`). */
  readonly json: string;
}

/** Starts sampling; the returned function stops it. */
export async function startProfile(intervalMicroseconds = 1000): Promise<() => Promise<Profile>> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: intervalMicroseconds });
  await session.post('Profiler.start');
  return async () => {
    const { profile } = await session.post('Profiler.stop');
    session.disconnect();
    return summarize(profile);
  };
}

interface Node {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly children?: readonly number[] | undefined;
}

interface Samples {
  readonly nodes: readonly Node[];
  readonly samples?: readonly number[] | undefined;
  readonly timeDeltas?: readonly number[] | undefined;
}

function summarize(profile: Samples): Profile {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const parents = new Map(
    profile.nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node])),
  );
  const own = new Map<number, number>();
  for (const [i, id] of (profile.samples ?? []).entries()) {
    own.set(id, (own.get(id) ?? 0) + (profile.timeDeltas?.[i] ?? 0));
  }
  let busy = 0;
  let total = 0;
  const parts = new Map<Part, number>(PARTS.map((part) => [part, 0]));
  const functions = new Map<string, { time: number; name: string; place: string }>();
  for (const [id, time] of own) {
    const node = nodes.get(id);
    if (node === undefined) continue;
    const { functionName, url, lineNumber } = node.callFrame;
    // Stopping the profile is part of it.
    if (url === 'node:inspector') continue;
    total += time;
    if (functionName === '(idle)' || functionName === '(root)') continue;
    busy += time;
    const part = partOf(node, parents);
    parts.set(part, (parts.get(part) ?? 0) + time);
    const place = url === '' ? '' : `${shortened(url)}:${lineNumber + 1}`;
    const key = url.startsWith('wasm:') ? 'wasm' : `${functionName} ${place}`;
    const known = functions.get(key) ?? { time: 0, name: functionName || '(anonymous)', place };
    functions.set(key, { ...known, time: known.time + time });
  }
  const ordered = [...functions.values()].toSorted((a, b) => b.time - a.time);
  return {
    busy: busy / total,
    parts: new Map([...parts].map(([part, time]) => [part, time / busy])),
    top: ordered.slice(0, 15).map(({ time, name, place }) => ({ share: time / busy, name, place })),
    json: JSON.stringify(profile),
  };
}

/** The files that belong to each part. */
const PLACES: readonly (readonly [RegExp, Part])[] = [
  [/^wasm:|@electric-sql\/pglite/, 'PGlite'],
  [/node_modules\/(undici|p-queue|eventemitter3)\/|\/(src\/)?sigma\//, 'HTTP client'],
  [/node_modules\/(pg|pg-[a-z-]+|postgres-[a-z]+|kysely)\/|\/src\/core\/database\//, 'database driver'],
  [/\/extractors\/entry|\/loaders\/copy-text/, 'rows and COPY text'],
  [/\/src\//, 'engine'],
];

/** A function of Node or V8 belongs to its caller; the samples of JSON and the collector stand alone. */
function partOf(node: Node, parents: ReadonlyMap<number, Node>): Part {
  const { functionName } = node.callFrame;
  if (functionName === '(garbage collector)') return 'garbage collection';
  for (let at: Node | undefined = node; at !== undefined; at = parents.get(at.id)) {
    const { functionName: name, url } = at.callFrame;
    if (url === '' && (name === 'parse' || name === 'stringify')) return 'JSON';
    const found = PLACES.find(([pattern]) => pattern.test(url));
    if (found !== undefined) return /JsonParser|parseJson/.test(name) ? 'JSON' : found[1];
  }
  return 'Node and V8';
}

function shortened(url: string): string {
  return url.replace(/^.*\/node_modules\//, '').replace(/^file:\/\/.*?\/(src|dist|bench)\//, '$1/');
}
