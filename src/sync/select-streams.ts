/** Chooses the streams of a command. */
import { ConfigError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import { catalogue, withAncestors } from '../extractors/catalogue.ts';
import type { Stream } from '../extractors/stream.ts';
import { isCutOff } from './availability.ts';

/** Settings for the choice of streams. */
export interface Selection {
  /** Streams to sync; all where it is absent. */
  readonly streams?: readonly string[] | undefined;
  readonly exclude?: readonly string[];
  /** Streams that are taken only where they are named. */
  readonly optIn?: readonly string[];
}

/**
 * The named streams, and the ancestors they are planned from. Without names: the streams of the settings, which are
 * all but the opt-in ones, the excluded ones, and those that can only be planned from these.
 *
 * @throws ConfigError that suggests the nearest name.
 */
export function selectStreams(
  streams: readonly Stream[],
  names: readonly string[],
  settings: Selection = {},
): Stream[] {
  const { exclude = [], optIn = [] } = settings;
  const chosen = names.length > 0 ? names : (settings.streams ?? []);
  for (const name of [...chosen, ...exclude, ...optIn]) findStream(streams, name);
  if (names.length > 0) return withAncestors(streams, new Set(names));
  const wanted =
    chosen.length > 0
      ? withAncestors(streams, new Set([...chosen, ...optIn]))
      : streams.filter((stream) => stream.optIn !== true || optIn.includes(stream.name));
  const missing = new Set(exclude);
  return wanted.filter((stream) => {
    if (missing.has(stream.name)) return false;
    // Parents come first, so what hangs below an excluded stream is met after it.
    if (isCutOff(stream, missing)) missing.add(stream.name);
    return !missing.has(stream.name);
  });
}

/** Stands for all streams on the slow cycle that `sync` runs. */
export const SLOW = 'slow';

/**
 * The streams that a schedule runs: those it names, else those of the settings, without what either excludes.
 *
 * @throws ConfigError that suggests the nearest name.
 */
export function scheduledStreams(
  { streams, exclude }: { readonly streams: readonly string[]; readonly exclude: readonly string[] },
  settings: Selection,
): Stream[] {
  const slow = selectStreams(catalogue, [], settings).filter((stream) => stream.slow === true);
  const named = (words: readonly string[]): string[] =>
    words.flatMap((word) => (word === SLOW ? slow.map(({ name }) => name) : [word]));
  const without = [...(settings.exclude ?? []), ...named(exclude)];
  const chosen = named(streams);
  return selectStreams(
    catalogue,
    [],
    chosen.length > 0 ? { streams: chosen, exclude: without } : { ...settings, exclude: without },
  );
}

/** The stream of that name. @throws ConfigError that suggests the nearest name. */
export function findStream(streams: readonly Stream[], name: string): Stream {
  const found = streams.find((stream) => stream.name === name);
  if (found !== undefined) return found;
  const known = streams.map((stream) => stream.name);
  const hint = name.includes(',') ? ' Names are separated by spaces.' : suggestion(known, name);
  throw new ConfigError(`There is no stream "${name}".${hint}`, {
    advice: `"sigma-sync streams" lists all ${known.length}.`,
  });
}
