/** Which streams a command is about. */
import { ConfigError } from '../errors.ts';
import { withAncestors } from '../extractors/catalogue.ts';
import type { Stream } from '../extractors/stream.ts';

/**
 * The named streams with the ancestors they are planned from; all of them where no name is given.
 *
 * @throws ConfigError that suggests the nearest name.
 */
export function selectStreams(streams: readonly Stream[], names: readonly string[]): Stream[] {
  for (const name of names) findStream(streams, name);
  return names.length === 0 ? [...streams] : withAncestors(streams, new Set(names));
}

/** The stream of that name. @throws ConfigError that suggests the nearest name. */
export function findStream(streams: readonly Stream[], name: string): Stream {
  const found = streams.find((stream) => stream.name === name);
  if (found !== undefined) return found;
  const known = streams.map((stream) => stream.name);
  const wanted = name.toLowerCase().replaceAll('-', '_');
  const near = known.find(
    (candidate) => candidate.includes(wanted) || wanted.includes(candidate.replace(/s$/, '')),
  );
  const hint = near === undefined ? '' : ` Did you mean ${near}?`;
  throw new ConfigError(`There is no stream "${name}".${hint}`, {
    advice: `Known are ${known.join(', ')}; "sigma-sync streams" describes them.`,
  });
}
