/** Records of a CSV in its bytes: the same as papaparse finds, however the bytes are cut. */
import fc from 'fast-check';
import Papa from 'papaparse';
import { describe, expect, it, test } from 'vitest';
import { parseRecords, readCsvHead } from '../../../src/exports/read/csv-head.ts';
import { CsvRecords, type CsvRecordsOptions, NotFit } from '../../../src/exports/read/csv-records.ts';
import { csvFileRows } from '../../../src/exports/read/file-rows.ts';
import { ExportFormatError } from '../../../src/exports/read/format-error.ts';

/** Bytes in pieces of the given sizes, over and over. */
function cut(text: string, sizes: readonly number[]): Buffer[] {
  const bytes = Buffer.from(text);
  const pieces: Buffer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    pieces.push(Buffer.from(bytes.subarray(at, at + size)));
    at += size;
  }
  return pieces;
}

type Options = Partial<CsvRecordsOptions>;

function records(text: string, options: Options = {}, sizes: readonly number[] = [1 << 20]): string {
  const reader = new CsvRecords({ checks: undefined, crlf: false, prefix: '', firstNumber: 1, ...options });
  return Buffer.concat([
    ...cut(text, sizes).flatMap((piece) => reader.push(piece)),
    ...reader.end(),
  ]).toString();
}

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** The records that papaparse finds in all of the text at once; undefined where it complains of its quotes. */
function papa(text: string, crlf: boolean): string[][] | undefined {
  // It knows one line end, where we take a LF alone as well.
  const plain = crlf ? text.replaceAll('\r\n', '\n') : text;
  const { data, errors } = Papa.parse<string[]>(plain, { delimiter: ',', newline: '\n' });
  if (errors.length > 0) return undefined;
  return withoutBlank(data);
}

/** Cells without the number, as `papa` gives them. */
function comparable(parsed: string[][], crlf: boolean): string[][] {
  const plain = (cell: string): string => (crlf ? cell.replaceAll('\r\n', '\n') : cell);
  return withoutBlank(parsed.map((row) => row.slice(1).map(plain)));
}

/** Papaparse does not tell a blank line from an empty text in quotes. */
function withoutBlank(rows: string[][]): string[][] {
  return rows.filter((row) => row.length > 1 || row[0] !== '');
}

const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 5 });
const hostile = fc.string({
  unit: fc.constantFrom('"', ',', '\n', '\r', ' ', 'a', '1', '\t', 'é', '🙂', '\u00a0', '\\', '.', "'"),
  maxLength: 8,
});
const quoted = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
/** Rows of so many cells, as one writes them who knows how. */
const rows = fc
  .integer({ min: 1, max: 4 })
  .chain((columns) =>
    fc.array(fc.array(hostile, { minLength: columns, maxLength: columns }), { maxLength: 8 }),
  );
const anyText = fc.string({
  unit: fc.constantFrom('"', '"', ',', ',', '\n', '\n', '\r', '\r\n', ' ', 'a', '1', '\t', '\u00a0', '🙂'),
  maxLength: 40,
});

describe('leniently', () => {
  test('what was written comes back, numbered, wherever it is cut', () => {
    fc.assert(
      fc.property(rows, fc.boolean(), fc.boolean(), sizes, (cells, crlf, isEnded, at) => {
        const ending = crlf ? '\r\n' : '\n';
        const lines = cells.map((row) =>
          row.length === 1 && row[0] === '' ? '""' : row.map(quoted).join(','),
        );
        const text = lines.join(ending) + (isEnded && lines.length > 0 ? ending : '');
        const found = records(text, { crlf, firstNumber: 7 }, at);
        const numbered = cells.map((row, i) => [String(i + 7), ...row]);
        expect(found === '' ? [] : parseRecords(found)).toEqual(numbered);
      }),
      { numRuns: 1000 },
    );
  });

  test('any text is taken apart where papaparse does so, or refused', () => {
    fc.assert(
      fc.property(anyText, fc.boolean(), sizes, (text, crlf, at) => {
        const expected = papa(text, crlf);
        const error = thrownBy(() => records(text, { crlf }, at));
        if (error !== undefined) {
          expect(error).toBeInstanceOf(ExportFormatError);
          expect(error).toMatchObject({ cutShort: true });
          expect(expected).toBeUndefined();
          return;
        }
        const found = records(text, { crlf }, at);
        const parsed = found === '' ? [] : parseRecords(found);
        // No record is lost, joined with another or without its number.
        expect(parsed.map(([number]) => number)).toEqual(parsed.map((_, i) => String(i + 1)));
        if (expected !== undefined) expect(comparable(parsed, crlf)).toEqual(expected);
      }),
      { numRuns: 5000 },
    );
  });
});

describe('strictly', () => {
  test('gives the same cells as papaparse, or refuses', () => {
    let taken = 0;
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 3 }), fc.boolean(), sizes, (text, columns, crlf, at) => {
        const checks = Array.from({ length: columns }, () => undefined);
        let found: string;
        try {
          found = records(text, { checks, crlf }, at);
        } catch (error) {
          if (error instanceof NotFit || error instanceof ExportFormatError) return;
          throw error;
        }
        taken++;
        const lenient = records(text, { crlf });
        expect(found === '').toBe(lenient === '');
        if (found === '') return;
        const parsed = parseRecords(found);
        expect(parsed).toEqual(parseRecords(lenient));
        expect(parsed.map((row) => row.length)).toEqual(parsed.map(() => columns + 1));
        expect(comparable(parsed, crlf)).toEqual(papa(text, crlf));
      }),
      { numRuns: 5000 },
    );
    expect(taken).toBeGreaterThan(50);
  });

  test('takes all that was written well, wherever it is cut', () => {
    fc.assert(
      fc.property(rows, fc.boolean(), sizes, (cells, crlf, at) => {
        const ending = crlf ? '\r\n' : '\n';
        const text = cells.map(
          (row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',') + ending,
        );
        const checks = (cells[0] ?? []).map(() => undefined);
        const found = records(text.join(''), { checks, crlf, prefix: '17,' }, at);
        expect(found === '' ? [] : parseRecords(found)).toEqual(
          cells.map((row, i) => ['17', String(i + 1), ...row]),
        );
      }),
      { numRuns: 500 },
    );
  });

  test.each<[string, string, number | undefined]>([
    ['a NUL byte', '1,a\n2,b\0\n', undefined],
    ['too few cells', '1,a\n2\n', undefined],
    ['too many cells', '1,a\n2,b,c\n', undefined],
    ['a quote in the middle', '1,a\n2,b"c\n', 1],
    ['something behind a quote', '1,a\n2,"b"c\n', 1],
    ['a value that does not fit', '1,a\nx,b\n', 0],
    ['a quoted value that does not fit', '1,a\n"x",b\n', 0],
    ['a CR within a cell', '1,a\n2,b\rc\n', 1],
  ])('%s ends it', (_, text, column) => {
    const isOne = (b: Uint8Array, start: number): boolean => b[start] === 0x31 || b[start] === 0x32;
    const error = thrownBy(() => records(text, { checks: [isOne, undefined] }));
    expect(error).toBeInstanceOf(NotFit);
    if (column !== undefined) expect(error).toMatchObject({ row: 2, column });
  });

  it('asks no check about an empty cell, and leaves its quotes out', () => {
    const isOne = (b: Uint8Array, start: number): boolean => b[start] === 0x31;
    expect(records('""\n"1"\n\n', { checks: [isOne] })).toBe('1,\n2,"1"\n');
    const text = '"",1,""\r\n"""","",1\r\n"","",""\r\n';
    expect(records(text, { checks: [undefined, isOne, undefined], crlf: true }, [1])).toBe(
      '1,,1,\n2,"""",,1\n3,,,\n',
    );
  });
});

describe('either way', () => {
  const ways: [string, Options][] = [
    ['leniently', {}],
    ['strictly', { checks: [undefined] }],
  ];
  test.each(ways)('%s, blank lines are no records, and a line end may lack', (_, way) => {
    expect(records('\n1\n\n\n2', way)).toBe('1,1\n2,2\n');
    expect(records('\r\n1\r\n\r\n2\r\n\r\n', { ...way, crlf: true }, [1])).toBe('1,1\n2,2\n');
    expect(records('1\r\n\n2', { ...way, crlf: true }, [1])).toBe('1,1\n2,2\n');
    expect(records('', way)).toBe('');
  });

  test.each(ways)('%s, an open quote at the end is a file cut short', (_, way) => {
    const error = thrownBy(() => records('1\n"2\n3\n', way, [2]));
    expect(error).toBeInstanceOf(ExportFormatError);
    expect(error).toMatchObject({ cutShort: true, record: 2 });
  });

  test.each(ways)('%s, the first records can be left out, and the last ones are kept', (_, way) => {
    const asked: string[] = [];
    const leaveOut = (record: Buffer): boolean => asked.push(record.toString()) <= 2;
    const reader = new CsvRecords({
      checks: undefined,
      crlf: false,
      prefix: '',
      firstNumber: 5,
      leaveOut,
      ...way,
    });
    const out = [...cut('a\nb\nc\n"d\n"\ne', [3]).flatMap((piece) => reader.push(piece)), ...reader.end()];
    expect(Buffer.concat(out).toString()).toBe('5,c\n6,"d\n"\n7,e\n');
    expect(asked).toEqual(['a', 'b', 'c']);
    expect(reader.nextNumber).toBe(8);
    expect(reader.last.map(String)).toEqual(['c', '"d\n"', 'e']);
  });

  test.each(ways)('%s, a cell of 40 MB in small chunks takes no longer than its bytes', (_, way) => {
    const piece = Buffer.alloc(64 << 10, 'x\n');
    const reader = new CsvRecords({ checks: undefined, crlf: false, prefix: '', firstNumber: 1, ...way });
    const begun = performance.now();
    const out = reader.push(Buffer.from('"'));
    for (let i = 0; i < 640; i++) out.push(...reader.push(piece));
    out.push(...reader.push(Buffer.from('"\nnext\n')), ...reader.end());
    expect(out.reduce((sum, { length }) => sum + length, 0)).toBe(2 + 1 + (40 << 20) + 2 + 7);
    expect(performance.now() - begun).toBeLessThan(30_000);
  });
});

describe('the beginning of a file', () => {
  const read = (text: string, at: readonly number[] = [1]): ReturnType<typeof readCsvHead> => {
    async function* chunks(): AsyncGenerator<Buffer> {
      yield* cut(text, at);
    }
    return readCsvHead(chunks());
  };
  const all = async (text: string, at?: readonly number[]): Promise<unknown[]> => {
    const head = await read(text, at);
    const cells: unknown[] = [head.labels];
    for await (const batch of csvFileRows(head, 1).batches) cells.push(...batch.map((row) => row.cells));
    return cells;
  };

  it('has a byte-order mark, quoted labels and line ends, wherever it is cut', async () => {
    const text = '\ufeff"a,\r\n""b""",,"",é🙂\r\n1,,"x\r\ny",\r\n\r\n';
    for (const size of [1, 2, 3, 5, 1000])
      expect(await all(text, [size])).toEqual([
        ['a,\r\n"b"', '', '', 'é🙂'],
        ['1', null, 'x\r\ny', null],
      ]);
  });

  it('may be all there is', async () => {
    expect(await all('a,b')).toEqual([['a', 'b']]);
    expect(await all('a,b\r\n')).toEqual([['a', 'b']]);
    expect(await all('\n1\n')).toEqual([[''], ['1']]);
    expect(await all('')).toEqual([[]]);
    expect(await all('\ufeff')).toEqual([[]]);
    await expect(read('a,"b\n')).rejects.toMatchObject({ cutShort: true });
  });

  it('tells rows that can not be stored from those around them', async () => {
    const bytes = Buffer.concat([
      Buffer.from('a,b\n1,\ufffd\n2,'),
      Buffer.from([0xff]),
      Buffer.from('\n3,\0\n4\n5,6,7\n'),
    ]);
    const head = await readCsvHead(
      (async function* () {
        yield bytes;
      })(),
    );
    const flaws: unknown[] = [];
    for await (const batch of csvFileRows(head, 1).batches)
      flaws.push(...batch.map(({ flaw }) => flaw?.column ?? flaw?.reason));
    expect(flaws).toEqual([undefined, 1, 1, undefined, '3 cells instead of 2']);
  });
});
