/** Rows from JSON: the same as the engine's own parser gives, wherever the text is cut, and no digit less. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExportFormatError } from '../../../src/exports/read/format-error.ts';
import type { JsonCell } from '../../../src/exports/read/json-record.ts';
import { type JsonRow, jsonRows } from '../../../src/exports/read/json-rows.ts';

function read(...pieces: readonly string[]): readonly JsonRow[] {
  const rows = jsonRows();
  return [...pieces.flatMap((piece) => rows.push(piece)), ...rows.end()];
}

function failure(...pieces: readonly string[]): ExportFormatError {
  try {
    read(...pieces);
  } catch (error) {
    if (error instanceof ExportFormatError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** The text in pieces of the given sizes, over and over. */
function cut(text: string, sizes: readonly number[]): readonly string[] {
  const pieces: string[] = [];
  for (let at = 0, turn = 0; at < text.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    pieces.push(text.slice(at, at + size));
    at += size;
  }
  return pieces;
}

function meaning(cell: JsonCell): unknown {
  if (cell.kind === 'null') return null;
  return cell.kind === 'string' ? cell.text : JSON.parse(cell.text);
}

/** Numbers as a warehouse may write them, which no conversion may touch. */
const literal = fc.oneof(
  fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }).map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => JSON.stringify(number)),
  fc.constantFrom(
    '-0',
    '0.10',
    '1.10',
    '1e400',
    '-1E-7',
    '9007199254740993',
    '0e0',
    '12345678901234567890.000',
  ),
);
const string = fc.string({ unit: 'binary' });
const value = fc.oneof(
  fc.record({ text: literal, kind: fc.constant('number') }),
  string.map((text) => ({ text: JSON.stringify(text), kind: 'string' })),
  // Everything that can be escaped, escaped.
  fc.string().map((text) => ({
    text: `"${[...text].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"`,
    kind: 'string',
  })),
  fc.constantFrom('true', 'false').map((text) => ({ text, kind: 'boolean' })),
  fc.constant({ text: 'null', kind: 'null' }),
  fc
    .oneof(fc.array(fc.jsonValue()), fc.dictionary(string, fc.jsonValue()))
    .map((nested) => ({ text: JSON.stringify(nested, null, Array.isArray(nested) ? 1 : 0), kind: 'json' })),
);
const label = fc.oneof(fc.constantFrom('a', 'b', '', '__proto__', 'a"}'), string);
const record = fc.array(fc.tuple(label, value), { maxLength: 5 });
const records = fc.array(record, { maxLength: 6 });
const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 });
const blank = fc.constantFrom('', ' ', '\t', '\r');

/** A record with white space wherever it may be. */
function textOf(record: readonly (readonly [string, { readonly text: string }])[], blank: string): string {
  const cells = record.map(
    ([label, { text }]) => `${blank}${JSON.stringify(label)}${blank}:${blank}${text}${blank}`,
  );
  return `{${blank}${cells.join(',')}}`;
}

describe('rows of JSON', () => {
  it('are what was written, in lines and in a list, wherever they are cut', () => {
    fc.assert(
      fc.property(records, sizes, blank, fc.boolean(), (records, sizes, blank, marked) => {
        const texts = records.map((record) => textOf(record, blank));
        const mark = marked ? '\ufeff' : '';
        const lines = texts.map((text) => `${text}${blank}\n${blank}`).join('\n');
        const list = `[${blank}\n${texts.join(`${blank},\r\n`)}]${blank}`;
        const wanted = records.map((record, index) => ({
          record: index + 1,
          cells: record.map(([label, { kind, text }]) => ({
            label,
            kind,
            text,
            means: JSON.parse(text) as unknown,
          })),
        }));
        for (const text of [lines, lines.trimEnd(), list]) {
          const rows = read(...cut(mark + text, sizes));
          const found = rows.map(({ record, cells }) => ({
            record,
            cells: cells.map(({ label, value }, index) => {
              const written = records[record - 1]?.[index]?.[1].text;
              return {
                label,
                kind: value.kind,
                // The literal itself, where that is what a cell keeps.
                text: value.kind === 'null' || value.kind === 'string' ? written : value.text,
                means: meaning(value),
              };
            }),
          }));
          expect(found).toEqual(wanted);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('are as JSON.parse has them, or both refuse, whatever is changed in the text', () => {
    let refused = 0;
    fc.assert(
      fc.property(
        record,
        sizes,
        fc.nat(),
        fc.constantFrom(
          '',
          ',',
          ':',
          '"',
          '{',
          '}',
          '[',
          ']',
          '\\',
          '\n',
          '0',
          '-',
          '.',
          'e',
          'n',
          'x',
          ' ',
          '\0',
        ),
        fc.nat(2),
        (record, sizes, place, inserted, removed) => {
          const text = textOf(record, '');
          const at = place % text.length;
          const changed = text.slice(0, at) + inserted + text.slice(at + removed);
          let expected: unknown;
          try {
            expected = JSON.parse(changed);
          } catch {}
          if (typeof expected === 'object' && expected !== null && !Array.isArray(expected)) {
            const [row] = read(...cut(changed, sizes));
            const pairs = (row?.cells ?? []).map(({ label, value }) => [label, meaning(value)] as const);
            // The engine keeps the last of equal labels.
            expect(new Map(pairs)).toEqual(new Map(Object.entries(expected)));
          } else if (changed.trim() !== '' && changed.trim() !== '[]') {
            // A record that was split into two lines, or a list of records, is fine as such.
            try {
              const rows = read(...cut(changed, sizes));
              expect(changed.startsWith('[') || rows.length > 1).toBe(true);
            } catch (error) {
              if (!(error instanceof ExportFormatError)) throw error;
              refused++;
            }
          }
        },
      ),
      { numRuns: 1_000 },
    );
    expect(refused).toBeGreaterThan(100);
  });

  it('keep equal labels and their order', () => {
    const [row] = read('{"b":1,"a":2,"b":3}');
    expect(row?.cells.map(({ label, value }) => [label, meaning(value)])).toEqual([
      ['b', 1],
      ['a', 2],
      ['b', 3],
    ]);
  });

  it('come as soon as they are complete', () => {
    const rows = jsonRows();
    expect(rows.push('{"a":1}\n{"a":')).toHaveLength(1);
    expect(rows.push('2')).toHaveLength(0);
    expect(rows.push('}')).toHaveLength(1);
    expect(rows.end()).toEqual([]);
  });

  it.each(['', '\n\r\n \n', '\ufeff', '[]', ' [ ] \n'])('may be none: %j', (text) => {
    expect(read(text)).toEqual([]);
  });
});

describe('text that ends too early', () => {
  it('is told from malformed text, wherever it was cut', () => {
    fc.assert(
      fc.property(records, sizes, fc.nat(), fc.boolean(), (records, sizes, place, isList) => {
        const texts = records.map((record) => textOf(record, ''));
        const whole = isList ? `[${texts.join(',')}]` : texts.join('\n');
        const short = whole.slice(0, place % Math.max(1, whole.length));
        if (short === '') return;
        const inRecord =
          isList ||
          !texts.some((_, index) => {
            const complete = texts.slice(0, index + 1).join('\n');
            return short === complete || short === `${complete}\n`;
          });
        if (!inRecord) {
          expect(read(...cut(short, sizes)).length).toBeGreaterThan(0);
          return;
        }
        expect(failure(...cut(short, sizes)).cutShort).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('names the record', () => {
    expect(failure('{"a":1}\n{"a":2}\n{"a"')).toMatchObject({
      code: 'export_format',
      record: 3,
      cutShort: true,
    });
    expect(failure('[{"a":1}').message).toBe('the exported file is cut short after record 1');
  });
});

describe('malformed text', () => {
  it.each([
    ['<html>', 1, 'an opening brace or bracket at character 1'],
    ['{"a":1}\n7\n', 2, 'an opening brace at character 1'],
    ['{"a":1}{"a":2}', 2, 'the end of the line at character 1'],
    ['{"a":1},{"a":2}', 2, 'the end of the line at character 1'],
    ['[{"a":1},]', 2, 'an opening brace at character 1'],
    ['[{"a":1} {"a":2}]', 2, 'a comma or the closing bracket at character 1'],
    ['[{"a":1}]x', 2, 'the end of the file at character 1'],
    ['[[]]', 1, 'an opening brace or the closing bracket at character 1'],
    ['{"a" 1}', 1, 'a colon at character 6'],
    ['{a:1}', 1, 'a label in quotes at character 2'],
    ['{"a":1,}', 1, 'a label in quotes at character 8'],
    ['{"a":01}', 1, 'a comma or a closing brace at character 7'],
    ['{"a":+1}', 1, 'a value at character 6'],
    ['{"a":1.}', 1, 'a digit at character 8'],
    ['{"a":nil}', 1, 'null at character 6'],
    ['{"a":NaN}', 1, 'a value at character 6'],
    ['{"a":"\\x"}', 1, 'valid JSON at character 6'],
    ['{"a":[1,,2]}', 1, 'valid JSON at character 6'],
    ['{"a":{"b":1]}', 1, 'valid JSON at character 6'],
    ['{"a":"b\n"}', 1, 'a quote before the end of the line at character 8'],
    ['{"a":1\n{"a":2}', 1, 'a comma or a closing brace at character 8'],
  ])('%j is refused', (text, record, expected) => {
    for (const size of [1, 3, text.length]) {
      const error = failure(...cut(text, [size]));
      expect(error).toMatchObject({ code: 'export_format', record, cutShort: false });
      expect(error.message).toContain(expected);
    }
  });

  it('is found at the end of a line whose quote is never closed, not at the end of the file', () => {
    const rows = jsonRows();
    rows.push(`{"a":"${'b'.repeat(100)}`);
    expect(() => rows.push('}\n{')).toThrow('a quote before the end of the line at character 108');
  });

  it('is not taken for cut short where it ends soon after', () => {
    expect(failure(`{"a":"${'b'.repeat(100)}"`, ' x')).toMatchObject({ record: 1, cutShort: false });
  });

  it('is found soon after a brace that is never closed', () => {
    const rows = jsonRows();
    rows.push('{"a":1');
    const goOn = () => {
      for (let count = 0; count < 10; count++) rows.push('\n{"a":2}');
    };
    expect(goOn).toThrow('record 1 ');
  });
});

it('a record of many pieces is not looked at from its beginning for each', () => {
  const rows = jsonRows();
  const piece = 'x'.repeat(500);
  const start = performance.now();
  rows.push('{"a":["');
  for (let count = 0; count < 20_000; count++) {
    rows.push(piece);
    // It takes a tenth of a second; with the square of its length, minutes.
    if (performance.now() - start > 15_000) throw new Error(`only ${count} pieces in 15 s`);
  }
  const [row] = rows.push('"]}');
  expect(row?.cells[0]?.value).toMatchObject({ kind: 'json' });
});
