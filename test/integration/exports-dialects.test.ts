/** CSVs as other programs write them: read as they are meant, or refused with a sentence, and never glued together. */
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { type ExportRig, startExportRig } from '../support/export-rig.ts';
import { type ExportSteps, exportSteps, type Shown } from '../support/export-steps.ts';

let rig: ExportRig;
let number = 0;
beforeAll(async () => {
  rig = await startExportRig();
});
afterAll(() => rig[Symbol.asyncDispose]());

const fresh = (settings: Parameters<typeof exportSteps>[2] = {}): ExportSteps =>
  exportSteps(rig, `dialect_${++number}`, settings);
const csv = (file: string | Buffer): Shown => ({ columns: ['a', 'b'], rows: [], file });
/** Enough lines that the file is longer than what is looked at. */
const many = (line: (i: number) => string): string =>
  Array.from({ length: 60_000 }, (_, i) => line(i)).join('');

const CR_ALONE = 'Lines of the file end with a carriage return (CR) alone.';
const separatedBy = (what: string): string =>
  `The cells of the file are separated by ${what}, not by commas.`;

describe('is refused, and the rows stay', () => {
  const files: [string, string | Buffer, string][] = [
    ['CR alone', 'a,b\r1,2\r3,4\r', CR_ALONE],
    ['CR alone, without the last one', 'a,b\r1,2\r3,4', CR_ALONE],
    ['CR alone and a header alone', 'a,b\r', CR_ALONE],
    ['CR alone and quotes', '"a","b"\r"1","2"\r"3","4"\r', CR_ALONE],
    ['CR alone and lines within quotes', '\ufeffa,b\r"x\ny",2\r"z\r\n",4\r', CR_ALONE],
    ['CR alone and one column', 'a\r1\r2\r', CR_ALONE],
    ['CR alone, of a long file', `a,b\r${many((i) => `${i},x\r`)}`, CR_ALONE],
    ['CR alone behind a header that ends well', 'a,b\n1,2\r3,4\r5,6\r', CR_ALONE],
    ['CR alone now and then', 'a,b\r\n1,2\r\n3,4\r5,6\r\n', CR_ALONE],
    ['semicolons', 'a;b\n1;2\n3;4\n', separatedBy('semicolons')],
    ['semicolons and decimal commas', 'a;b\n1,5;2,5\n3,5;4\n', separatedBy('semicolons')],
    ['semicolons and CR LF', 'a;b\r\n1;2\r\n', separatedBy('semicolons')],
    ['semicolons and quotes', '"a";"b"\n"1;5";"x,y"\n"3";"4\n"\n', separatedBy('semicolons')],
    ['semicolons behind a header with commas', 'a,b\n1;2\n3;4\n', separatedBy('semicolons')],
    ['tabs', 'a\tb\n1\t2\n3\t4\n', separatedBy('tabs')],
    ['tabs and commas in labels', 'a, x\tb\n1\t2\n3\t4, 5, 6\n', separatedBy('tabs')],
    ['vertical bars', 'a|b|c\n1|2|3\n', separatedBy('vertical bars')],
    ['control characters', 'a\u0001b\n1\u00012\n', separatedBy('the control character 1')],
    ['semicolons, of a long file', `a;b\n${many((i) => `${i};x\n`)}`, separatedBy('semicolons')],
    [
      'the line of a spreadsheet',
      'sep=;\na;b\n1;2\n',
      'The file begins with sep=;, as spreadsheets write it.',
    ],
    ['UTF-16', Buffer.from('\ufeffa,b\n1,2\n', 'utf16le'), 'The file is UTF-16, not UTF-8.'],
    ['UTF-16 without a mark', Buffer.from('a,b\n1,2\n', 'utf16le'), 'The file is UTF-16, not UTF-8.'],
  ];
  test.each(files)('%s', async (_, file, sentence) => {
    const one = fresh();
    await one.load(csv('a,b\n1,2\n'));
    const { error, bytes } = await one.load(csv(file), { status: 'failed' });
    expect(error).toContain(sentence);
    expect(error).toContain('Set format: jsonl');
    // Nothing that another download would mend.
    expect(bytes).toBeLessThanOrEqual(Buffer.from(file).length);
    expect(await one.rows()).toEqual([[1, 2]]);
    expect(Object.keys(await one.types())).toEqual(['a', 'b']);
  });
});

describe('is read', () => {
  const files: [string, string, unknown[][]][] = [
    [
      'CR LF behind a header that ends with LF',
      'a,b\n1,x\r\n2,y\r\n',
      [
        [1, 'x'],
        [2, 'y'],
      ],
    ],
    [
      'LF behind a header that ends with CR LF',
      'a,b\r\n1,x\n2,y\n',
      [
        [1, 'x'],
        [2, 'y'],
      ],
    ],
    [
      'both in turn',
      'a,b\r\n1,x\n2,y\r\n3,z',
      [
        [1, 'x'],
        [2, 'y'],
        [3, 'z'],
      ],
    ],
    [
      'line ends of all kinds within quotes',
      'a,b\n1,"x\r\ny\rz\n"\r\n2,"\r"\n',
      [
        [1, 'x\r\ny\rz\n'],
        [2, '\r'],
      ],
    ],
    ['a label with a line end', '"a\rx",b\n1,2\n', [[1, 2]]],
    ['a byte-order mark and quotes', '\ufeff"a","b"\r\n"1","2"\r\n', [[1, 2]]],
    [
      'semicolons in texts',
      'a,b\nx;y,1\nz;w,2\n',
      [
        ['x;y', 1],
        ['z;w', 2],
      ],
    ],
    ['semicolons in labels and texts', 'a; x,b; y\nx;y,z;w\n', [['x;y', 'z;w']]],
    ['a column of texts with semicolons', 'a;b\nx;y\nz\n', [['x;y'], ['z']]],
    ['a quoted label with a semicolon', '"a;b"\nx;y\nz;w\n', [['x;y'], ['z;w']]],
    [
      'a CR within a text',
      'a,b\n1,x\ry\n2,z\n',
      [
        [1, 'x\ry'],
        [2, 'z'],
      ],
    ],
    [
      'a quote in the middle',
      'a,b\n1,5" x\n2,z\n',
      [
        [1, '5" x'],
        [2, 'z'],
      ],
    ],
  ];
  test.each(files)('%s', async (_, file, rows) => {
    const one = fresh();
    await one.load(csv(file));
    expect(await one.rows()).toEqual(rows);
  });

  it('CR LF that comes late in a file', async () => {
    const one = fresh();
    await one.load(csv(`a,b\n${many((i) => `${i},x\n`)}60000,y\r\n`));
    const [last] = await rig.query(`select b from ${one.table} order by a desc limit 1`);
    expect(last).toEqual({ b: 'y' });
  });

  it('JSON lines of any line end', async () => {
    for (const end of ['\n', '\r\n', '\r']) {
      const one = fresh({ format: 'jsonl' });
      await one.load(csv(['\ufeff{"a":1}', '{"a":2}', ''].join(end)));
      expect(await one.rows()).toEqual([[1], [2]]);
    }
  });
});
