/** Numbers that are others where commas are decimal: neither `1,250` nor `1.250` tells by itself. */
import type { ExportColumn } from '../decide/columns.ts';
import type { Decimal } from '../decide/numbers.ts';
import type { Observer } from '../decide/observer.ts';

/** The evidence of a column's numbers in one file. */
export interface SeenDecimals {
  /** Name of the column. */
  readonly name: string;
  readonly open: ReturnType<Observer['openDecimal']>;
}

/** The evidence of all columns with numbers. */
export function seenDecimals(
  columns: readonly (ExportColumn | undefined)[],
  seen: Observer,
): readonly SeenDecimals[] {
  return columns.flatMap((column, i) => {
    if (column === undefined || (!column.isDeclared && seen.soFar(i) === 'text')) return [];
    // Decimals were there before.
    const open = !column.isDeclared && column.kind === 'numeric' ? 'clear' : seen.openDecimal(i);
    return [{ name: column.name, open }];
  });
}

/** Adds up the files of a load. */
export class DecimalDoubts {
  readonly #isDeclared: boolean;
  readonly #texts = new Set<string>();
  readonly #open = new Map<string, SeenDecimals['open']>();

  /** @param decimal the choice of the settings, which ends all doubt */
  constructor(decimal: Decimal | undefined) {
    this.#isDeclared = decimal !== undefined;
  }

  add(seen: readonly SeenDecimals[]): void {
    for (const { name, open } of seen) {
      const known = this.#open.get(name);
      this.#open.set(name, known === 'clear' ? known : (open ?? known));
    }
  }

  /**
   * Adds columns of the file, by label, that are numbers where commas are decimal; where they are texts, the log says
   * so.
   */
  addTexts(labels: readonly string[], columns: readonly ExportColumn[]): void {
    for (const { name, label, sqlType, isDeclared } of columns)
      if (labels.includes(label) && sqlType === 'text' && !isDeclared) this.#texts.add(name);
  }

  /** A sentence for each column that leaves it open. */
  warnings(): readonly string[] {
    if (this.#isDeclared) return [];
    const texts = [...this.#texts].map(
      (name) =>
        `${name} seems to hold numbers with decimal commas, which were kept as texts; ` +
        'set decimal: comma for the export if they are numbers, else declare the type text',
    );
    const open = [...this.#open].flatMap(([name, open]) => {
      if (open === undefined || open === 'clear') return [];
      const [number, value] = open === 'comma' ? ['1,250', '1250'] : ['1.250', '1.25'];
      return [
        `every ${open} of ${name} is followed by three digits, and numbers such as ${number} were read as ${value}; ` +
          'set decimal: comma for the export if commas are decimal there, else decimal: point',
      ];
    });
    return [...texts, ...open];
  }
}
