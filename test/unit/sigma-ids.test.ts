import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shortId } from '../../simulator/store/short-id.ts';
import { ConfigError } from '../../src/core/errors.ts';
import { isLongId, isShortId, longIdOf, parseSigmaId, shortIdIn } from '../../src/sigma/ids.ts';

const HOST = 'https://app.sigmacomputing.com/my-company';
const WORKBOOK = '7sYWojYnccxJqdqkNKAw6S';
const DRAFT = '72c0acd6-4803-4766-b322-7dd05c4a445d';

/** The examples of the guide, as they are there. */
const GUIDE: [url: string, expected: object][] = [
  [
    `${HOST}/s/Connection-Root-1f8e9847-c7o5-41Te-93b0-b80bPyyf9730`,
    { kind: 'connection-or-workspace', id: '1f8e9847-c7o5-41Te-93b0-b80bPyyf9730', form: 'long' },
  ],
  [
    `${HOST}/s/eng-team-1mS1ndDmvcE7MivbcCVbhv`,
    { kind: 'connection-or-workspace', id: '1mS1ndDmvcE7MivbcCVbhv', form: 'short' },
  ],
  [
    `${HOST}/b/Salesforce-Campaigns-23PiCBrgchwHc3g323Ai`,
    { kind: 'dataset', id: '23PiCBrgchwHc3g323Ai', form: 'short' },
  ],
  [
    `${HOST}/workbook/My-Workbook-${WORKBOOK}?:draftId=${DRAFT}`,
    { kind: 'workbook', id: WORKBOOK, form: 'short', draft: DRAFT },
  ],
  [
    `${HOST}/workbook/My-Workbook-${WORKBOOK}?:nodeId=Mkaex5leIGcjlkQa5PqEw`,
    { kind: 'workbook', id: WORKBOOK, form: 'short', element: 'Mkaex5leIGcjlkQa5PqEw' },
  ],
  [
    `${HOST}/admin/teams/87659652-5289-4225-95cQ-4b75T3268bEn`,
    { kind: 'team', id: '87659652-5289-4225-95cQ-4b75T3268bEn', form: 'long' },
  ],
];

describe('parseSigmaId', () => {
  it.each(GUIDE)('reads %s of the guide', (url, expected) => expect(parseSigmaId(url)).toEqual(expected));

  it.each(['report', 'data-model', 'template'])('reads addresses of a %s', (kind) => {
    const url = `${HOST}/${kind}/My-Name-${WORKBOOK}?:nodeId=e`;
    expect(parseSigmaId(url)).toEqual({ kind, id: WORKBOOK, form: 'short', element: 'e' });
  });

  it('reads bare ids', () => {
    expect(parseSigmaId(` ${WORKBOOK}\n`)).toEqual({ kind: 'unknown', id: WORKBOOK, form: 'short' });
    expect(parseSigmaId(DRAFT)).toEqual({ kind: 'unknown', id: DRAFT, form: 'long' });
    expect(parseSigmaId(`My-Workbook-${WORKBOOK}?:nodeId=e`)).toEqual({
      kind: 'unknown',
      id: WORKBOOK,
      form: 'short',
      element: 'e',
    });
    for (const id of ['Mkaex5leIGcjlkQa5PqEw', 'b-t0fWHR_M', 'x']) {
      expect(parseSigmaId(id)).toEqual({ kind: 'element', id, form: 'long' });
    }
    expect([DRAFT, WORKBOOK, `x-${DRAFT}`, 'b-t0fWHR_M'].map(isLongId)).toEqual([true, false, false, false]);
  });

  it('is not confused by a company called as a kind, or by none', () => {
    for (const company of ['s/', 'b/', 'workbook/', 'admin/', '']) {
      const url = `https://x.example/${company}workbook/s-b-${WORKBOOK}/`;
      expect(parseSigmaId(url)).toEqual({ kind: 'workbook', id: WORKBOOK, form: 'short' });
    }
  });

  it('gives back what went into an address, whatever stands around it', () => {
    const digit = fc.constantFrom(...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz');
    const short = fc.array(digit, { minLength: 22, maxLength: 22 }).map((digits) => digits.join(''));
    const id = fc.oneof(
      short.map((text) => ({ id: text, form: 'short' })),
      fc.uuid().map((text) => ({ id: text, form: 'long' })),
    );
    // A name may look like ids and hold anything; the browser escapes what may not stand in a path.
    const name = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1 }).map((text) => encodeURIComponent(text.toWellFormed())),
      fc.constantFrom('', 'a-b', `${DRAFT}`, WORKBOOK, '--', 'Größe', '100%25', '100%', 'x.y_z~'),
    );
    const value = fc.stringMatching(/^[\w-]{1,24}$/);
    const parameter = fc.oneof(
      value.map((text) => `:theme=${text}`),
      value.map((text) => `Region=${text}%20%26x`),
      fc.constantFrom(':embed', 'nodeId=no', 'x:nodeId=no', '=', ':nodeId=', ''),
    );
    fc.assert(
      fc.property(
        fc.record({
          kind: fc.constantFrom(
            ['workbook', 'workbook'],
            ['data-model', 'data-model'],
            ['b', 'dataset'],
            ['template', 'template'],
            ['s', 'connection-or-workspace'],
            ['admin/teams', 'team'],
          ),
          id,
          name,
          host: fc.constantFrom(
            'https://app.sigmacomputing.com/acme',
            'HTTP://bi.example:8443/ac-me',
            'bi.example/acme',
          ),
          tail: fc.constantFrom('', '/', '/explore/', '/Some-Page-Kx81aB'),
          element: fc.option(value, { nil: undefined }),
          draft: fc.option(fc.uuid(), { nil: undefined }),
          others: fc.array(parameter, { maxLength: 3 }),
          escaped: fc.boolean(),
          starts: fc.constantFrom('?', '#', '?x=1#', '#page?', '&'),
          order: fc.integer(),
        }),
        ({ kind: [place, kind], id: { id, form }, name, host, tail, element, draft, others, ...way }) => {
          const colon = way.escaped ? '%3A' : ':';
          const own = [
            ...(element === undefined ? [] : [`${colon}nodeId=${element}`]),
            ...(draft === undefined ? [] : [`${colon}draftId=${draft}`]),
          ];
          // Behind & alone, only a parameter with a colon is one: a path may have an & in it.
          const all =
            way.starts === '&' ? own : way.order % 2 === 0 ? [...own, ...others] : [...others, ...own];
          const parameters = all.length === 0 ? '' : `${way.starts}${all.join('&')}`;
          const slug = name === '' ? id : `${name}-${id}`;
          expect(parseSigmaId(`${host}/${place}/${slug}${tail}${parameters}`)).toEqual({
            kind,
            id,
            form,
            ...(element === undefined ? {} : { element }),
            ...(draft === undefined ? {} : { draft }),
          });
        },
      ),
      { numRuns: 500 },
    );
  });

  it.each([
    ['', 'There is no id.'],
    ['what is this?', '"what is this" is neither an id nor a Sigma address'],
    ['Größe', '"Größe" is neither an id nor a Sigma address'],
    ['https://app.sigmacomputing.com/acme', 'is not a Sigma address with an id'],
    [`${HOST}/home/${WORKBOOK}`, 'is not a Sigma address with an id'],
    [`${HOST}/workbook/My-Workbook`, 'my-company/workbook/My-Workbook" has no id after workbook/.'],
    [`${HOST}/workbook/`, 'is not a Sigma address with an id'],
    [`${HOST}/workbook/x-${WORKBOOK}?:nodeId=a&:nodeId=b`, 'names two elements'],
  ])('refuses %j', (text, message) => {
    expect(() => parseSigmaId(text)).toThrow(ConfigError);
    expect(() => parseSigmaId(text)).toThrow(message.replace('’', "'"));
  });

  it('fails with nothing but a sentence, whatever it is given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (text, inPath) => {
        try {
          expect(parseSigmaId(inPath ? `${HOST}/workbook/${text}` : text).id).not.toBe('');
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
        }
      }),
    );
  });
});

describe('short ids', () => {
  it('are letters and digits, which no long id is', () => {
    fc.assert(fc.property(fc.uuid(), (id) => !isShortId(id) && isLongId(id)));
    fc.assert(fc.property(fc.stringMatching(/^[0-9A-Za-z]{16,22}$/), isShortId));
    for (const text of ['', 'a b', 'a-b', 'ä', 'a\n', 'Kx81aB', 'x'.repeat(23), `${WORKBOOK}\n`])
      expect(isShortId(text), text).toBe(false);
  });

  it.each([
    [`${HOST}/b/Sales-7sYWojYnccxJqdqkNKAw6S`, '7sYWojYnccxJqdqkNKAw6S'],
    [`${HOST}/b/7sYWojYnccxJqdqkNKAw6S?:nodeId=x#y`, '7sYWojYnccxJqdqkNKAw6S'],
    [`${HOST}/b/Sales-e7a13fcd-ab0d-43d5-845a-5ff06254e1a7`, undefined],
    [`${HOST}/b/`, undefined],
    ['new', undefined],
    ['', undefined],
  ])('stand at the end of an address: %s', (address, id) => {
    expect(shortIdIn(address)).toBe(id);
  });
});

describe('longIdOf', () => {
  // Recorded of live organizations, by the tests of DataHub and by the vendor's quickstarts.
  const PAIRS: [short: string, long: string][] = [
    ['4JRFW1HThPI1K3YTjouXI7', '9bbbe3b0-c0c8-4fac-b6f1-8dfebfe74f8b'],
    ['1UGFyEQCHqwPfQoAec3xJ9', '3ee61405-3be2-4000-ba72-60d36757b95b'],
    ['Ptyl1jrKEO18RDX9y1d4P', '1b47afdb-db4e-4a2c-9fa4-fc1332f4a097'],
    ['49HFLTr6xytgrPly3PFsNC', '8891fd40-5470-4ff2-a74f-6e61ee44d3fc'],
    ['5LqGLu14qUnqh3cN6wRJBd', 'bd6b86e8-cd4a-4b25-ab65-f258c2a68a8f'],
    ['r0WXMPpc0YtQCTFR7CdDK', '0e51172a-a4c0-4954-8c8c-9d854dcf4434'],
    ['lsBYB7zlPQKdPBOpnv0og', '0b5f9dde-4da3-47c8-95b6-41ae373c8738'],
    ['7DZXNeUMh8ghYtON8gs0zV', 'fb321691-0ff0-4b90-b703-2167c0746813'],
  ];

  it.each(PAIRS)('%s stands for %s', (short, long) => {
    expect(longIdOf(short)).toBe(long);
    expect(shortId(long)).toBe(short);
  });

  it('gives back every random UUID', () => {
    // An id that begins with eight zeros is never met.
    const random = fc.uuid({ version: 4 }).filter((id) => !id.startsWith('00000000'));
    fc.assert(fc.property(random, (id) => longIdOf(shortId(id)) === id));
  });

  it.each([
    ['nothing', ''],
    ['too few digits', 'short'],
    ['a long id', DRAFT],
    ['more than 128 bits', 'ZZZZZZZZZZZZZZZZZZZZZZ'],
    ['too many digits', '4JRFW1HThPI1K3YTjouXI77'],
    ['a UUID of another version', shortId('9bbbe3b0-c0c8-1fac-b6f1-8dfebfe74f8b')],
    ['a UUID of another variant', shortId('9bbbe3b0-c0c8-4fac-c6f1-8dfebfe74f8b')],
    ['an example that was made up', '23PiCBrgchwHc3g323Ai'],
  ])('is none of %s', (_, text) => expect(longIdOf(text)).toBeUndefined());

  it('of texts that are no such ids, few pass', () => {
    const text = fc.stringMatching(/^[0-6][0-9A-Za-z]{21}$/);
    const passed = fc.sample(text, { numRuns: 2000, seed: 7 }).filter((one) => longIdOf(one) !== undefined);
    expect(passed.length).toBeLessThan(80);
  });
});
