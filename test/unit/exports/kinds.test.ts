/** Kinds of exported values: what fits which, and that the look at bytes agrees with the look at the text. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  fits,
  joined,
  type Kind,
  kindOf,
  kindOfString,
  unformatted,
} from '../../../src/exports/decide/kinds.ts';
import { byteCheck } from '../../../src/exports/read/byte-checks.ts';

const KINDS = [
  ...([
    'boolean',
    'bigint',
    'numeric',
    'formatted',
    'date',
    'timestamptz',
    'jsonb',
    'text',
    'unknown',
  ] as const),
] satisfies readonly Kind[];
const kind = fc.constantFrom(...KINDS);

const digits = (maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength });
const two = fc.integer({ min: 0, max: 70 }).map((n) => String(n).padStart(2, '0'));
/** Nearly numbers, nearly times, nearly JSON, and anything else. */
const nearly = fc
  .oneof(
    fc
      .tuple(
        fc.constantFrom('', '-', '+', '$', '(', '€-', '--'),
        digits(22),
        fc.constantFrom(
          '',
          '.',
          '.5',
          ',000',
          '.25e+3',
          'e-7',
          'E4',
          'e5',
          '.5E4',
          '.5E-4',
          'E+4',
          '.5e1234',
        ),
        digits(4),
        fc.constantFrom('', '%', ')', ' €', ' '),
      )
      .map((parts) => parts.join('')),
    fc
      .tuple(
        fc.oneof(digits(4), fc.constantFrom('2026', '0000', '0001', '20 6', '20:;')),
        ...[
          fc.constantFrom('-', '/', ''),
          two,
          fc.constantFrom('-', '/'),
          two,
          fc.constantFrom('', 'T', ' ', 't'),
        ],
        ...[
          two,
          fc.constantFrom(':', ''),
          two,
          fc.constantFrom('', ':30', ':61', ':00.123456', ':00.1234567'),
        ],
        fc.constantFrom('', 'Z', '+02', '-0530', '+05:30', '+15', '+0', ' UTC', 'z'),
      )
      .map((parts) => parts.join('')),
    fc.json(),
    fc.constantFrom(
      'true',
      'TRUE',
      'False',
      'yes',
      't',
      '{',
      '[1',
      '[]',
      '{}x',
      'null',
      'NaN',
      '-0',
      '-',
      '.',
    ),
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom(...'0123456789-+.:TZ e,[]{}"') }),
  )
  .filter((text) => text !== '');

/** Days that some months lack, which the look at bytes leaves to Postgres. */
const LATE_DAY = /^\d{4}-\d\d-(?:29|3[01])/;

describe('the look at bytes', () => {
  test('takes nothing that the text does not fit', () => {
    fc.assert(
      fc.property(kind, nearly, (of, text) => {
        const check = byteCheck(of);
        const bytes = Buffer.from(`x,${text},1`);
        if (check === undefined) return;
        if (!check(bytes, 2, bytes.length - 2)) return;
        // Postgres decides whether it is valid JSON.
        if (of === 'jsonb') expect(text).toMatch(/^[[{]/);
        else if (!LATE_DAY.test(text)) expect([of, text, fits(of, text)]).toEqual([of, text, true]);
      }),
      { numRuns: 5000 },
    );
  });

  test.each<[Kind, string]>([
    ['bigint', '-999999999999999999'],
    ['numeric', '1e-7'],
    ['numeric', '-0.10'],
    ['date', '2024-02-29'],
    ['timestamptz', '2026-01-31T23:59:59.999Z'],
    ['timestamptz', '2026-01-31 23:59'],
    ['timestamptz', '2026-01-31T23:59:59+05:30'],
    ['boolean', 'false'],
    ['jsonb', '{"a":[1]}'],
  ])('knows a common %s: %s', (of, text) => {
    expect(byteCheck(of)?.(Buffer.from(text), 0, text.length)).toBe(true);
  });

  it('reads no further than the cell', () => {
    const bytes = Buffer.from('2026-01-31T10:00:00.12+05:30');
    for (let end = 1; end < bytes.length; end++) {
      const text = bytes.subarray(0, end).toString();
      for (const of of ['date', 'timestamptz'] as const)
        if (byteCheck(of)?.(bytes, 0, end)) expect([of, text, fits(of, text)]).toEqual([of, text, true]);
    }
  });
});

describe('the kind that holds two others', () => {
  test('does not depend on their order', () => {
    for (const a of KINDS)
      for (const b of KINDS) {
        expect(joined(a, b)).toBe(joined(b, a));
        expect(joined(a, a)).toBe(a);
        for (const c of KINDS)
          expect([a, b, c, joined(joined(a, b), c)]).toEqual([a, b, c, joined(a, joined(b, c))]);
      }
  });

  test('holds what each of them holds', () => {
    fc.assert(
      fc.property(kind, kind, nearly, (a, b, text) => {
        const both = joined(a, b);
        if (fits(a, text) || fits(b, text))
          expect([a, b, text, fits(both, text)]).toEqual([a, b, text, true]);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the kind of a text', () => {
  const cases: [Kind, string[]][] = [
    ['bigint', ['0', '7', '-7', '9223372036854775807', '-9223372036854775808', '9007199254740993']],
    [
      'numeric',
      ['9223372036854775808', '-9223372036854775809', '1.10', '-0.5', '1e+21', '1e-7', '-0', '0.0'],
    ],
    ['numeric', ['1.0E10', '1.5E+10', '1.5e10', '-1.5e-7', '2E+3', '1E-9']],
    [
      'formatted',
      ['$1,234.50', '12.5%', '(1,200)', '-€5', '€-5', '1,234', '$0.00', '5 €', '-$1,234.50', '0%'],
    ],
    ['formatted', ['(45.10)', '$(45.10)', '€ 5', '12.5 %', '1,200.50-', '+1.5', '+5%', '−5', '−1,200']],
    ['formatted', ['1\u00a0234', '1\u202f234.5', '1\u2009234\u2009567', "1'234.50", '1’234']],
    ['date', ['2026-01-31', '2024-02-29', '0001-01-01', '9999-12-31']],
    ['timestamptz', ['2026-01-31T10:00:00Z', '2026-01-31 10:00', '2026-01-31T10:00:00.123456+0530']],
    ['boolean', ['true', 'false', 'TRUE', 'False']],
    [
      'jsonb',
      ['{}', '[1,2]', '{"name":"Release2024"}', '{"a":"\\ud83d\\ude00"}', '["\\\\u0000"]', '[1e400]'],
    ],
    [
      'text',
      ['007', '+5', '00', '1/2/2026', '12E4', '1e5', '1,2', '1,23,456', '0,123', '$007', '007%', '(5)', '()'],
    ],
    [
      'text',
      ['NaN', 'Infinity', '-Infinity', '1_000', '0x1F', '.5', '5.', ' 5', '5 ', '١', '--5', '(-1,200)'],
    ],
    [
      'text',
      ['2026-02-30', '2026-02-29', '2026-13-01', '0000-01-01', '2026-1-1', '20ab-01-01', '12026-01-01'],
    ],
    ['text', ['2026-01-31T10:00:00.123456789Z', '2026-01-31T24:00:00Z', '2026-01-31T10:00:60Z', '10:00']],
    ['text', ['2026-01-31T10:00:00+15:00', '2026-01-31T10:00:00 UTC', 'infinity', 'now', 'epoch', 'today']],
    [
      'text',
      ['yes', 't', 'tRUE', 'null', '"a"', '{a}', '[1', '{"a":"\\u0000"}', '["\\ud83d"]', '["\\ude00"]'],
    ],
    [
      'text',
      ['12E4', '1E5', '01.5', '1.5E1000', '45-', '(45', '45)', '(-45.10)', '-5.0-', '$5%', '$5€', '1 234'],
    ],
    [
      'text',
      ["1'234,567", '1,234 567', '12,34', '+(5.0)', '1.5e', '1.e5', 'E5', '5.0 -', '$', '%', '()', '$()'],
    ],
    ['text', ['['.repeat(201) + ']'.repeat(201), '1'.repeat(301), 'a\nb', '"', "'; drop table x; --"]],
  ];
  test.each(cases)('is %s: %j', (of, texts) => {
    expect(texts.map((text) => [text, kindOf(text)])).toEqual(texts.map((text) => [text, of]));
  });

  test('of values as programs write them', () => {
    const day = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
    const all: [Kind, fc.Arbitrary<string>][] = [
      ['bigint', fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map(String)],
      ['numeric', fc.double({ noNaN: true, noDefaultInfinity: true, noInteger: true }).map(String)],
      ['date', day.map((date) => date.toISOString().slice(0, 10))],
      ['timestamptz', day.map((date) => date.toISOString())],
      ['boolean', fc.boolean().map(String)],
      [
        'jsonb',
        fc
          .array(fc.jsonValue())
          .map((value) => JSON.stringify(value))
          .filter((text) => !/\\u/.test(text)),
      ],
    ];
    for (const [of, texts] of all)
      fc.assert(
        fc.property(texts, (text) => {
          expect([text, kindOf(text)]).toEqual([text, of]);
        }),
      );
  });

  test('a string of JSON is no number, no boolean and no object', () => {
    const texts = ['5', 'true', '{}', '$5', '2026-01-31', '2026-01-31T10:00:00Z', ''];
    expect(texts.map(kindOfString)).toEqual(['text', 'text', 'text', 'text', 'date', 'timestamptz', 'text']);
  });
});

describe('formatted numbers', () => {
  test.each([
    ['$1,234.50', '1234.50'],
    ['12.5%', '0.125'],
    ['0.5%', '0.005'],
    ['-100%', '-1.00'],
    ['(1,200)', '-1200'],
    ['($1,200.5)', '-1200.5'],
    ['-€5', '-5'],
    ['1,234', '1234'],
    ['5 €', '5'],
    ['1.50', '1.50'],
    ['1e-7', '1e-7'],
    ['007', '007'],
    ['abc', 'abc'],
  ])('%s is %s', (text, plain) => expect(unformatted(text)).toBe(plain));

  test('become numbers of the same value', () => {
    const formats = {
      currency: new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' }),
      percent: new Intl.NumberFormat('en-US', { style: 'percent', maximumFractionDigits: 2 }),
      plain: new Intl.NumberFormat('en-US', { maximumFractionDigits: 2 }),
    };
    const cents = fc.integer({ min: -(2 ** 40), max: 2 ** 40 });
    fc.assert(
      fc.property(cents, fc.constantFrom('currency', 'percent', 'plain'), (n, style) => {
        const value = style === 'percent' ? n / 10_000 : n / 100;
        const plain = unformatted(formats[style].format(value));
        expect(fits('numeric', plain)).toBe(true);
        expect(Number(plain)).toBeCloseTo(value, 6);
      }),
    );
  });
});
