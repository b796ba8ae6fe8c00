/** Declared forms of dates and times, and what a declared type takes without one. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { ConfigError } from '../../../src/core/errors.ts';
import { declaredReader } from '../../../src/exports/decide/declared.ts';
import { parseTimeFormat } from '../../../src/exports/decide/time-format.ts';

describe('a form', () => {
  test.each([
    ['DD/MM/YYYY', '03/04/2026', '2026-04-03', 'date'],
    ['MM/DD/YYYY', '03/04/2026', '2026-03-04', 'date'],
    ['DD.MM.YY', '3.4.26', '2026-04-03', 'date'],
    ['DD.MM.YY', '3.4.70', '1970-04-03', 'date'],
    ['DD-Mon-YYYY', '03-APR-2026', '2026-04-03', 'date'],
    ['Month DD, YYYY', 'april 3, 2026', '2026-04-03', 'date'],
    ['YYYY-DD-MM', '2026-04-03', '2026-03-04', 'date'],
    ['yyyymmdd', '20260403', '2026-04-03', 'date'],
    ['DD/MM/YYYY HH24:MI', '03/04/2026 7:05', '2026-04-03 07:05:00', 'timestamptz'],
    ['MM/DD/YYYY HH12:MI:SS AM', '03/04/2026 12:05:09 am', '2026-03-04 00:05:09', 'timestamptz'],
    ['MM/DD/YYYY HH12:MI:SS AM', '03/04/2026 12:05:09 PM', '2026-03-04 12:05:09', 'timestamptz'],
    [
      'DD/MM/YYYYTHH24:MI:SS.FFTZ',
      '03/04/2026T10:00:00.123+02:00',
      '2026-04-03 10:00:00.123+02:00',
      'timestamptz',
    ],
    ['DD/MM/YYYY HH24:MI TZ', '03/04/2026 10:00 UTC', '2026-04-03 10:00:00Z', 'timestamptz'],
    ['HH12.MI AM', '7.05 p.m.', '19:05:00', 'time'],
  ])('%s reads %s', (format, text, iso, sqlType) => {
    const { read, sqlType: type } = parseTimeFormat(format);
    expect([read(text), type]).toEqual([iso, sqlType]);
  });

  test.each([
    [
      'DD/MM/YYYY',
      ['31/02/2026', '13/13/2026', '03/04/26', '2026-04-03', '03-04-2026', ' 03/04/2026', '3/4/2026x'],
    ],
    ['HH24:MI', ['24:00', '7:5', '07:60', 'now']],
    ['HH12:MI AM', ['13:00 PM', '0:00 AM', '7:00']],
    ['DD-Mon-YYYY', ['03-Foo-2026', '30-Feb-2026']],
  ])('%s reads none of %j', (format, texts) => {
    const { read } = parseTimeFormat(format);
    expect(texts.map((text) => read(text))).toEqual(texts.map(() => undefined));
  });

  test.each([
    '',
    'DD/MM',
    'MM/YYYY',
    'YYYY',
    'DD/MM/YYYY HH12:MI',
    'MI:SS',
    'YYYY-MM-DD MM',
    'DD/MM/YYYYx',
    'day',
    'YYYY-MM-DD TZ',
  ])('%j is none', (format) => {
    expect(() => parseTimeFormat(format)).toThrow(ConfigError);
  });

  test('brings every day back', () => {
    const day = fc.date({ min: new Date('1970-01-01'), max: new Date('2069-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(day, fc.constantFrom('/', '.', '-', ' '), (date, sep) => {
        const iso = date.toISOString().slice(0, 10);
        const [y = '', m = '', d = ''] = iso.split('-');
        expect(parseTimeFormat(['DD', 'MM', 'YYYY'].join(sep)).read([d, m, y].join(sep))).toBe(iso);
        expect(parseTimeFormat(['MM', 'DD', 'YY'].join(sep)).read([m, d, y.slice(2)].join(sep))).toBe(iso);
      }),
    );
  });
});

describe('a declared type without a form', () => {
  const takes = (type: string, text: string): boolean =>
    declaredReader(type, undefined)?.read(text) !== undefined;
  const clear = [
    '2026-04-03',
    '2026-04-03T10:00:00Z',
    '2026-04-03 10:00:00.1234567 -0800',
    '20260403',
    '3-Apr-2026',
  ];
  it.each(['date', 'timestamptz', 'timestamp(3) without time zone'])(
    '%s takes what no setting changes',
    (type) => {
      const all = [
        ...clear,
        '03-APR-2026',
        'April 3, 2026',
        'infinity',
        '-infinity',
        '0044-03-15 BC',
        '2026-04-03 10:00 UTC',
      ];
      expect(all.filter((text) => !takes(type, text))).toEqual([]);
    },
  );
  it.each(['date', 'timestamptz', 'timestamp', 'DATE'])('%s takes nothing that one does', (type) => {
    const unclear = [
      '03/04/2026',
      '3.4.2026',
      '03-04-2026',
      '03 04 2026',
      '3/4/26',
      '2026/04/03x',
      '03042026',
      '26-04-03',
    ];
    const others = [
      'now',
      'today',
      'yesterday',
      'epoch',
      '08-Jan-99',
      '2026-04-03 10:00 IST',
      '1767225600',
      'x',
    ];
    expect([...unclear, ...others].filter((text) => takes(type, text))).toEqual([]);
  });
  it('time takes times', () => {
    const all = ['10:00', '10:00:00.5', '10:00 PM', '10:00+02', '2026-04-03T10:00:00'];
    expect(all.filter((text) => !takes('time', text))).toEqual([]);
    expect(['now', 'allballs', '03/04/2026 10:00', '10'].filter((text) => takes('timetz', text))).toEqual([]);
  });
  it('lists and ranges take clear days', () => {
    expect(takes('date[]', '{2026-04-03,NULL}')).toBe(true);
    expect(takes('daterange', '[2026-04-03,infinity)')).toBe(true);
    expect(takes('tstzrange', '["2026-04-03 10:00:00Z",)')).toBe(true);
    expect(takes('date[]', '{03/04/2026}')).toBe(false);
    expect(takes('daterange', '[today,)')).toBe(false);
  });
  it('leaves the others to Postgres', () => {
    for (const type of ['text', 'uuid', 'interval', 'text[]', 'inet'])
      expect(declaredReader(type, undefined)).toBeUndefined();
  });
});
