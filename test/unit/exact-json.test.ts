import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exactly, keepDigits, parseExact, stringifyExact, surveyJson } from '../../src/core/exact-json.ts';

const again = (text: string): string | undefined => stringifyExact(parseExact(text));

describe('a number keeps its digits', () => {
  it.each([
    ...['9007199254740993', '-9007199254740993', '123456789012345678901234567890', '0.1234567890123456789'],
    ...[
      '1.10',
      '1.0',
      '0.0',
      '-0',
      '-0.0',
      '1E400',
      '-1e-400',
      '1e2',
      '1E+2',
      '2.50e-3',
      '0.0000001',
      '1e21',
    ],
  ])('%s', (source) => {
    for (const text of [`{"a":${source}}`, `[${source},[${source}]]`, `{"a":{"b":[{"c":${source}}]},"d":1}`])
      expect(again(text)).toBe(text);
    expect(again(`{ "a" :  ${source} }`)).toBe(`{"a":${source}}`);
  });

  it('and is the nearest one to whoever calculates with it', () => {
    expect(parseExact('{"a":1.10,"b":[9007199254740993],"c":1E400}')).toEqual({
      ...{ a: 1.1, b: [9007199254740992], c: Number.POSITIVE_INFINITY },
    });
  });

  it('but for one that would fill a database with zeros, which is a text', () => {
    expect(again('[1E999,1E1000,1e-1000,1E400000,1e999999999999]')).toBe(
      '[1E999,"1E1000",1e-1000,"1E400000","1e999999999999"]',
    );
    const long = '1'.repeat(1001);
    expect(again(`[${long}]`)).toBe(`["${long}"]`);
  });

  it('in texts that look like numbers nothing changes', () => {
    const text = '{"a":"1.10","b":", 1.10","c":"\\\\\\",1.10","d":["9007199254740993"]}';
    expect(surveyJson(text).isInexact).toBe(false);
    expect(again(text)).toBe(text);
  });

  it('in a copy that says so', () => {
    const entry = parseExact('{"a":1.10,"b":{"c":2.0},"d":3}') as { a: number; b: object; d: number };
    expect(stringifyExact(keepDigits({ a: entry.a, d: entry.d }, entry))).toBe('{"a":1.10,"d":3}');
    const other = { x: entry.b };
    expect(stringifyExact(keepDigits(other, other, entry.b))).toBe('{"x":{"c":2.0}}');
    expect(JSON.stringify([entry], exactly)).toBe('[{"a":1.10,"b":{"c":2.0},"d":3}]');
  });
});

describe('any JSON', () => {
  it('is what JSON.parse makes of it, and is written as it was', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(parseExact(text)).toEqual(JSON.parse(text));
        expect(again(text)).toBe(text);
      }),
    );
  });

  it('is counted: values and depth', () => {
    expect(surveyJson('[[1,2],{"a":"]]],,,"}]')).toMatchObject({ depth: 2, values: 6 });
    expect(surveyJson(`${'['.repeat(5000)}1.10${']'.repeat(5000)}`)).toMatchObject({
      depth: 5000,
      isInexact: true,
    });
  });

  it('that is nested more deeply than the stack is loses digits and nothing else', () => {
    const text = `${'['.repeat(200_000)}1.10${']'.repeat(200_000)}`;
    expect(Array.isArray(parseExact(text))).toBe(true);
  });

  it('that is none is an error, as with JSON.parse', () => {
    for (const text of ['', '{', '{"a":1.10', '"', '"\\', '[1.10,]', '-', 'nul'])
      expect(() => parseExact(text)).toThrow(SyntaxError);
  });

  it('is looked at in time that grows with its length', () => {
    const started = performance.now();
    for (const text of [
      '\\'.repeat(2_000_000),
      '"'.repeat(2_000_000),
      '\\"'.repeat(1_000_000),
      '1'.repeat(2_000_000),
    ])
      surveyJson(`["${text}"]`);
    expect(performance.now() - started).toBeLessThan(60_000);
  });
});
