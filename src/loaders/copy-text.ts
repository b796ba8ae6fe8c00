/** The text format of `COPY … FROM STDIN`: tab-separated cells, `\N` for null, backslash escapes. */
import type { Cell } from '../extractors/unit.ts';

const SPECIAL = /[\\\t\n\r]/g;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** One line of COPY text, newline included. */
export function encodeLine(cells: readonly Cell[]): string {
  let line = '';
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i];
    line += `${i === 0 ? '' : '\t'}${cell === null || cell === undefined ? '\\N' : escapeCell(cell)}`;
  }
  return `${line}\n`;
}

function escapeCell(cell: string): string {
  return cell.replace(SPECIAL, (character) => ESCAPES[character] ?? character);
}
