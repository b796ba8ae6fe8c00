/** Finds pages, streams, exports and objects by what people type. */
import { wordsOf } from '../../../analytics/models/shared/sql-parts.ts';
import { cut, spaced } from '../../../core/words.ts';
import { catalogue } from '../../../extractors/catalogue.ts';
import type { Answer } from '../data/ask.ts';
import { type FoundObject, findObjects, type Wanted } from '../data/usage/find-objects.ts';
import { asked } from '../data/usage/statement.ts';
import type { Site } from '../site.ts';
import { addressOf } from '../view/addresses.ts';
import { link } from '../view/elements.ts';
import { ALL_PLACES } from '../view/places.ts';
import { titled } from '../view/usage-elements.ts';

/** Something that was found. */
export interface Hit {
  readonly kind: string;
  readonly name: string;
  readonly note: string;
  readonly href: string;
}

/** Results for one text. */
export interface Hits {
  readonly hits: readonly Hit[];
  /** False where there are no answers yet, so that only pages, streams and exports were looked for. */
  readonly hasObjects: boolean;
}

/** Up to so many of each: pages, streams and exports, then objects. */
export async function findAnything(site: Site, text: string, wanted: Wanted): Promise<Answer<Hits>> {
  const known = knownHits(site, text).slice(0, wanted.each);
  const answer = await site.questions.askDatabase((database, schemas) =>
    asked(database, schemas, (asker) => findObjects(asker, text, wanted)),
  );
  if (answer.problem !== undefined && answer.problem.kind !== 'new') return answer;
  const objects = answer.problem === undefined ? answer.value?.value : undefined;
  return {
    value: { hits: [...known, ...(objects ?? []).map(objectHit)], hasObjects: objects !== undefined },
  };
}

/** Results that need no database. */
function knownHits({ control }: Site, text: string): Hit[] {
  const words = wordsOf(text);
  if (words.length === 0) return [];
  const isLike = (name: string): boolean => {
    const begin = wordsOf(name);
    return words.every((word) => begin.some((one) => one.startsWith(word)));
  };
  const pages = ALL_PLACES.filter(([, title]) => isLike(title)).map(([href, name]) =>
    hit('page', name, '', href),
  );
  const streams = catalogue
    .filter(({ name }) => isLike(name))
    .map(({ name, description }) => hit('stream', name, description, `/streams/${name}`));
  const exports = control.app.exports
    .filter(({ name }) => isLike(name))
    .map(({ name, table }) => hit('export', name, table, `/exports/${encodeURIComponent(name)}`));
  return [...pages, ...streams, ...exports];
}

const hit = (kind: string, name: string, note: string, href: string): Hit => ({ kind, name, note, href });

function objectHit({ type, id, name, note, is_archived: isArchived }: FoundObject): Hit {
  const said = [isArchived ? 'archived' : '', cut(note ?? '', 120)].filter((one) => one !== '').join(', ');
  const href = addressOf(type, id) ?? link('/access', { object: id });
  return hit(spaced(type.replaceAll('-', ' ')), cut(titled(name), 120), said, href);
}
