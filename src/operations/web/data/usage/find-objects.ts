/** Finds objects by name, mail address, id or address: by how words begin, and where that finds little, by any part of them. */
import type { Row } from '../../../../core/database/database.ts';
import type { Asker } from '../../../../analytics/asker.ts';
import { wordsOf } from '../../../../analytics/models/shared/sql-parts.ts';
import { idIn } from './id-in.ts';

/** What was found. */
export interface FoundObject extends Row {
  readonly type: string;
  readonly id: string;
  readonly name: string | null;
  readonly note: string | null;
  readonly is_archived: boolean;
}

/** Words of a search that count; more make it no better. */
const MOST_WORDS = 8;

/** Up to so many objects, the best first: a whole name before its beginning, what is used before what is not. */
export async function findObjects(asker: Asker, text: string, limit: number): Promise<FoundObject[]> {
  const id = idIn(text);
  if (id !== undefined) {
    const found = await asker.rows<FoundObject>(
      `select ${COLUMNS} from ${asker.model('object_names')} o where o.id = $1 or o.url_id = $1 order by o.type limit 10`,
      [id],
    );
    if (found.length > 0) return found;
  }
  const words = wordsOf(text).slice(0, MOST_WORDS);
  if (words.length === 0) return [];
  const begin = await best(asker, words, limit, `o.lexemes @@ $2::tsquery`, [
    words.map((word) => `'${cut(word)}'${word.length === 1 ? '' : ':*'}`).join(' & '),
  ]);
  // Few letters are in every name.
  if (begin.length >= limit || words.every((word) => word.length < 3)) return begin;
  const within = words.map((_, i) => `strpos(o.words, $${i + 2}) > 0`).join(' and ');
  return best(asker, words, limit, within, words);
}

/** As the column has it. */
const cut = (word: string): string => [...word].slice(0, 100).join('');

const COLUMNS = 'o.type, o.id, o.name, o.note, o.is_archived';

/** Of those that a condition lets through. */
function best(
  asker: Asker,
  words: readonly string[],
  limit: number,
  where: string,
  values: readonly string[],
): Promise<FoundObject[]> {
  return asker.rows<FoundObject>(
    `select ${COLUMNS}
  from ${asker.model('object_names')} o
 where ${where}
 order by o.is_archived, case when rtrim(o.words) = $1 then 0 when starts_with(o.words, $1) then 1 when strpos(o.words, $1) > 0 then 2 else 3 end,
       o.weight desc, length(o.words), o.words collate "C", o.id
 limit ${limit}`,
    [` ${words.join(' ')}`, ...values],
  );
}
