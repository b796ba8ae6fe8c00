/** Watches the cells of columns and says what kind of values they hold. */
import { fits, joined, type Kind, kindOf, kindOfString } from './kinds.ts';

/** The kinds of the columns of a file, as far as it was read. */
export interface Observer {
  readonly kinds: readonly Kind[];
  /** Looks at a non-empty cell. `isString`: the file says that it is a text and no number. */
  see(column: number, text: string, isString: boolean): void;
}

/** Begins with columns of which nothing is known, or of which something is. */
export function observer(kinds: Kind[] = []): Observer {
  return {
    kinds,
    see(column, text, isString) {
      const kind = kinds[column] ?? 'unknown';
      if (kind === 'text') return;
      if (isString) {
        const seen = kindOfString(text);
        if (seen !== kind) kinds[column] = joined(kind, seen);
      } else if (kind === 'unknown' || !fits(kind, text)) kinds[column] = joined(kind, kindOf(text));
    },
  };
}
