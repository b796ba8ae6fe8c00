/** Finds the end of a CSV record, by its bytes alone. */

const [LF, CR, QUOTE, COMMA, SPACE, TAB] = [0x0a, 0x0d, 0x22, 0x2c, 0x20, 0x09] as const;

/**
 * The end of the quoted cell that begins at `from`: the place of its closing quote, or -1 if that has not arrived
 * yet.
 */
export function closingQuote(b: Buffer, from: number): number {
  for (let i = b.indexOf(QUOTE, from); i >= 0; i = b.indexOf(QUOTE, i + 2)) {
    if (b[i + 1] !== QUOTE) return i;
  }
  return -1;
}

/**
 * The place after the record that begins at `start`, as papaparse sees it; -1 where it is incomplete. A quote opens a
 * cell only at its beginning, and closes it where nothing but white space follows up to a comma or a line end.
 */
export function afterRecord(b: Buffer, start: number): number {
  for (let i = start; ; ) {
    if (b[i] === QUOTE) {
      for (i = closingQuote(b, i + 1); i >= 0; i = closingQuote(b, i + 1)) {
        const next = afterBlanks(b, i + 1);
        if (next >= b.length) return -1;
        if (b[next] === COMMA || b[next] === LF) break;
      }
      if (i < 0) return -1;
    }
    while (i < b.length && b[i] !== COMMA && b[i] !== LF) i++;
    if (i >= b.length) return -1;
    if (b[i++] === LF) return i;
  }
}

/** The place after the white space that begins at `start`, line ends apart; beyond the end where it may go on there. */
function afterBlanks(b: Buffer, start: number): number {
  for (let i = start; ; ) {
    const byte = b[i] ?? SPACE;
    if (byte < 0x80) {
      if (byte !== SPACE && byte !== CR && byte !== TAB && byte !== 0x0b && byte !== 0x0c) return i;
      if (i >= b.length) return i;
      i++;
    } else {
      const length = byte < 0xe0 ? 2 : 3;
      if (i + length > b.length) return b.length;
      if (b.toString('utf8', i, i + length).trim() !== '') return i;
      i += length;
    }
  }
}
