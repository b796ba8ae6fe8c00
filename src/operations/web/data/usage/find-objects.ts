/** Finds objects by name, mail address, id or address: by how words begin, and where that finds little, by any part of them. */

import type { Asker } from '../../../../analytics/asker.ts';
import { wordsOf } from '../../../../analytics/models/shared/sql-parts.ts';
import type { Row } from '../../../../core/database/database.ts';
import { idIn } from './id-in.ts';

/** A found object. */
export interface FoundObject extends Row {
  readonly type: string;
  readonly id: string;
  readonly name: string | null;
  readonly note: string | null;
  readonly is_archived: boolean;
}

/** Words of a search that count; more make it no better. */
const MOST_WORDS = 8;

/** Limits of a search. */
export interface Wanted {
  readonly limit: number;
  /** Most objects of one kind: a hundred datasets of a name must not hide the workbook. */
  readonly each: number;
}

/** The best first: a whole name before its beginning, what is used before what is not. */
export async function findObjects(asker: Asker, text: string, wanted: Wanted): Promise<FoundObject[]> {
  // Ids of members and connections are of other forms than those of addresses.
  const id = idIn(text) ?? /^[\w-]{12,64}$/.exec(text)?.[0];
  if (id !== undefined) {
    const found = await asker.rows<FoundObject>(
      `select ${COLUMNS} from ${asker.model('object_names')} n where n.id = $1 or n.url_id = $1 order by n.type limit 10`,
      [id],
    );
    if (found.length > 0) return found;
  }
  const words = wordsOf(text).slice(0, MOST_WORDS);
  if (words.length === 0) return [];
  const begin = await best(asker, words, wanted, `n.lexemes @@ $2::tsquery`, [
    words
      .map(
        (word) =>
          `(${spellings(word)
            .map((one) => `'${cut(one)}'${word.length === 1 ? '' : ':*'}`)
            .join(' | ')})`,
      )
      .join(' & '),
  ]);
  // Few letters are in every name.
  if (begin.length >= wanted.limit || words.every((word) => word.length < 3)) return begin;
  const values: string[] = [];
  const within = words.map((word) => {
    const any = spellings(word).map((one) => `strpos(n.words, $${values.push(one) + 1}) > 0`);
    return `(${any.join(' or ')})`;
  });
  return best(asker, words, wanted, within.join(' and '), values);
}

/**
 * A word, and as it is stored where the database knows the letters of English alone: others keep their case there, which is
 * mostly that of a beginning or of all.
 */
function spellings(word: string): string[] {
  const raised = word.replace(/[^\p{ASCII}]/gu, (letter) => letter.toUpperCase());
  const first = [...word][0] ?? '';
  return [
    ...new Set([word, first <= '\x7f' ? word : `${first.toUpperCase()}${word.slice(first.length)}`, raised]),
  ];
}

/** As the column has it. */
const cut = (word: string): string => [...word].slice(0, 100).join('');

const COLUMNS = 'n.type, n.id, n.name, n.note, n.is_archived';

/** $1 is the whole text. */
const BEST = `n.is_archived, case when rtrim(n.words) = $1 then 0 when starts_with(n.words, $1) then 1 when strpos(n.words, $1) > 0 then 2 else 3 end,
       n.weight desc, length(n.words), n.words collate "C", n.id`;

/** The best objects that a condition lets through. */
async function best(
  asker: Asker,
  words: readonly string[],
  { limit, each }: Wanted,
  where: string,
  values: readonly string[],
): Promise<FoundObject[]> {
  // So many without their sorting all that match, which may be everything.
  const found = await asker.rows<FoundObject>(
    `select ${COLUMNS} from ${asker.model('object_names')} n where ${where} order by ${BEST} limit ${CANDIDATES}`,
    [` ${words.join(' ')}`, ...values],
  );
  const shown = new Map<string, number>();
  const kept = found.filter(({ type }) => {
    const before = shown.get(type) ?? 0;
    shown.set(type, before + 1);
    return before < each;
  });
  return kept.slice(0, limit);
}

/** Candidates of the search; beyond the limit of a kind they are left out. */
const CANDIDATES = 200;
