/** Stacks of errors. The programs are bundled; a stack tells the files that went into the bundle. */
import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';

/** The folder of the bundle, if this is a part of it. */
const FOLDER = new URL('.', import.meta.url).href;
const PLACE = /(file:\/\/\S+?\.js):(\d+):(\d+)(?=\)?$)/gm;

/** The stack of an error, with places in the build as it was before it was bundled. */
export function stackOf(error: Error): string {
  const maps = new Map<string, SourceMap | undefined>();
  return String(error.stack ?? error.message).replace(
    PLACE,
    (place, url: string, line: string, column: string) => {
      if (!url.startsWith(FOLDER)) return place;
      if (!maps.has(url)) maps.set(url, readMap(url));
      const entry = maps.get(url)?.findEntry(Number(line) - 1, Number(column) - 1);
      if (entry === undefined || !('originalSource' in entry)) return place;
      const { href } = new URL(entry.originalSource, url);
      return `${href}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
    },
  );
}

/** Undefined where there is none, as in the sources. */
function readMap(url: string): SourceMap | undefined {
  try {
    return new SourceMap(JSON.parse(readFileSync(new URL(`${url}.map`), 'utf8')));
  } catch {
    return undefined;
  }
}
