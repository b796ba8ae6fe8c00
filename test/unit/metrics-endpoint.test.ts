import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { areaOf, ENDPOINTS, endpointOf, OTHER_ENDPOINT } from '../../src/extractors/endpoint.ts';
import { sourcesOf } from '../../src/extractors/stream.ts';

const WORDS = new Set(ENDPOINTS.flatMap((path) => path.split('/')));
/** An id as it stands in a path: encoded, and no word of a path. */
const id = fc
  .oneof(fc.uuid(), fc.string({ minLength: 1, unit: 'binary' }))
  .map((text) => encodeURIComponent(text.toWellFormed()))
  .filter((text) => !WORDS.has(text));
const hostile = fc.oneof(
  fc.webPath(),
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.constantFrom('..', '.', '', '%2e%2e', '%00', 'v2', '{id}', 'workbooks', '__proto__', 'a\nb'), {
      maxLength: 200,
    })
    .map((parts) => `/${parts.join('/')}`),
);

describe('endpointOf', () => {
  it('knows each declared path, whatever the ids are', () => {
    const declared = [
      ...catalogue.flatMap((stream) => [
        ...sourcesOf(stream).flatMap(({ listings }) => listings.map(({ path }) => path)),
        ...(stream.get === undefined ? [] : [stream.get]),
      ]),
      '/v2/workbooks/{id}/export',
      '/v2/query/{id}/download',
      '/v2/auth/token',
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...declared),
        fc.array(id, { minLength: 3, maxLength: 3 }),
        fc.webQueryParameters(),
        (path, ids, query) => {
          const left = [...ids];
          const asked = path.replace(/\{\w+\}/g, () => left.shift() ?? '');
          expect(endpointOf(`${asked}?${query}`)).toBe(path.replace(/\{\w+\}/g, '{id}'));
          expect(endpointOf(asked)).toBe(path.replace(/\{\w+\}/g, '{id}'));
        },
      ),
    );
  });

  it('gives one of a few names, whatever it is asked', () => {
    const possible = new Set([...ENDPOINTS, OTHER_ENDPOINT]);
    expect(possible.size).toBeLessThan(120);
    fc.assert(
      fc.property(
        fc.oneof(
          hostile,
          fc.tuple(fc.constantFrom(...ENDPOINTS), hostile).map((two) => two.join('')),
        ),
        (path) => {
          expect(possible).toContain(endpointOf(path));
        },
      ),
    );
  });

  it('takes a long path in time that grows no faster than the path', () => {
    const began = performance.now();
    expect(endpointOf(`/v2/workbooks${'/workbooks'.repeat(200_000)}`)).toBe(OTHER_ENDPOINT);
    expect(performance.now() - began).toBeLessThan(20_000);
  });

  it('tells words from ids where both are possible', () => {
    expect(endpointOf('/v2/connections/paths')).toBe('/v2/connections/paths');
    expect(endpointOf('/v2/connections/paths/7/grants')).toBe('/v2/connections/paths/{id}/grants');
    expect(endpointOf('/v2/connections/7/grants')).toBe('/v2/connections/{id}/grants');
    // Words go first, and a table may have any id.
    expect(endpointOf('/v2/connections/paths/grants')).toBe('/v2/connections/paths/{id}');
    expect(endpointOf('/v2/workbooks//pages')).toBe(OTHER_ENDPOINT);
    expect(endpointOf('/v2/workbooks/')).toBe(OTHER_ENDPOINT);
  });
});

it('areas are fewer still', () => {
  const areas = new Set([...ENDPOINTS, OTHER_ENDPOINT].map(areaOf));
  expect(areas.size).toBeLessThan(40);
  for (const area of ['token', 'export', 'download', 'workbooks', 'grants', 'whoami', 'other'])
    expect(areas).toContain(area);
});
