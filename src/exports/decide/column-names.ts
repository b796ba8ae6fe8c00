/** Names of columns for the labels of exported ones, which can repeat, be empty and hold any character. */
import { withinBytes } from '../../core/words.ts';
import { POSTGRES_WORDS } from './postgres-words.ts';

/** Longest name in PostgreSQL, in bytes of UTF-8 (NAMEDATALEN - 1). */
const MAX_BYTES = 63;

/** A run of letters and digits with their marks. Invisible characters (joiners, Hangul fillers) do not count. */
const WORD =
  /(?:[[\p{L}\p{N}]--\p{Default_Ignorable_Code_Point}][\p{M}--\p{Default_Ignorable_Code_Point}]*)+/gv;

/** A column of an export with its name in the table. */
export interface NamedColumn {
  /** Label of the column as it was exported. */
  readonly label: string;
  /** Index among columns of the same label, from 0. Together with the label it identifies the column. */
  readonly occurrence: number;
  /** Name of the column in the table. */
  readonly name: string;
}

/**
 * Names the columns of an export, in the order of `labels`. A name needs no quotes in SQL, has at most 63 bytes, begins
 * neither with an underscore (those are the columns of bookkeeping) nor with a digit, and is unique.
 *
 * Columns of `known`, from earlier runs, keep their names, and no other column is ever given one of those, even where
 * its own is missing this time. The others get what their labels say (`Event ID` is `event_id`), or, where that is
 * taken, the next free of `event_id_2`, `event_id_3`, …
 */
export function columnNames(
  labels: readonly string[],
  known: readonly NamedColumn[] = [],
): readonly NamedColumn[] {
  const counted = countOccurrences(labels);
  const names = new Map(known.map((column) => [identityOf(column), column.name]));
  const taken = new Set(names.values());
  const natural = labels.map(naturalName);

  // Every label gets its own name before any gets a number, so that a second `a` does not take the name of `a_2`.
  counted.forEach((column, index) => {
    const name = natural[index];
    if (name === undefined || names.has(identityOf(column)) || taken.has(name)) return;
    names.set(identityOf(column), name);
    taken.add(name);
  });

  const avoid = new Set([...taken, ...natural]);
  const numbered = numberer(avoid);
  return counted.map((column, index) => ({
    ...column,
    name: names.get(identityOf(column)) ?? numbered(natural[index] ?? ''),
  }));
}

/** The name that a label has where nothing stands in its way. `index` counts from 0. */
function naturalName(label: string, index: number): string {
  const name = fitting(snakeCase(label), MAX_BYTES);
  if (name === '') return `column_${index + 1}`;
  return POSTGRES_WORDS.has(name) ? `${name}_` : name;
}

/**
 * `HTTPServer` → `http_server`, `Prénom` → `prenom`, `2024 Sales` → `c_2024_sales`, `User IDs` → `user_ids`; empty where
 * there is neither a letter nor a digit. Labels are written for people; names of API fields have a simpler rule.
 */
function snakeCase(label: string): string {
  const plain = label
    .normalize('NFKC')
    .replace(/([\p{Ll}\p{N}])(?=\p{Lu})/gu, '$1_')
    // The last capital begins a word, unless it is the plural of an acronym: `IDs`.
    .replace(/(\p{Lu})(?=\p{Lu}\p{Ll})(?!\p{Lu}s(?!\p{Ll}))/gu, '$1_')
    .toLowerCase()
    .normalize('NFD')
    .replace(/(\p{Script=Latin})\p{M}+/gu, '$1')
    .normalize('NFKC');
  const name = (plain.match(WORD) ?? []).join('_');
  return /^\p{N}/u.test(name) ? `c_${name}` : name;
}

/** Gives the first free of `name_2`, `name_3`, …, and adds it to `avoid`. */
function numberer(avoid: Set<string>): (name: string) => string {
  const next = new Map<string, number>();
  return (name) => {
    for (let number = next.get(name) ?? 2; ; number++) {
      const suffix = `_${number}`;
      const candidate = fitting(name, MAX_BYTES - suffix.length) + suffix;
      if (avoid.has(candidate)) continue;
      next.set(name, number + 1);
      avoid.add(candidate);
      return candidate;
    }
  };
}

/** Cut to so many bytes, without underscores at its end. */
function fitting(name: string, bytes: number): string {
  return withinBytes(name, bytes).replace(/_+$/, '');
}

function countOccurrences(labels: readonly string[]): readonly Omit<NamedColumn, 'name'>[] {
  const seen = new Map<string, number>();
  return labels.map((label) => {
    const occurrence = seen.get(label) ?? 0;
    seen.set(label, occurrence + 1);
    return { label, occurrence };
  });
}

/** The number comes first, so that no label can imitate another column. */
function identityOf({ label, occurrence }: Omit<NamedColumn, 'name'>): string {
  return `${occurrence} ${label}`;
}
