import { expect, test } from 'vitest';
import { documented, mismatches } from './schema-walker.ts';

const root = {
  components: {
    schemas: { Id: { type: 'string' } },
    responses: { Error: { type: 'object', properties: { code: { type: 'string' } } } },
  },
};
const page = {
  allOf: [
    {
      type: 'object',
      required: ['entries', 'nextPage'],
      properties: {
        entries: {
          type: 'array',
          items: {
            type: 'object',
            required: ['id', 'kind'],
            properties: {
              id: { $ref: '#/components/schemas/Id' },
              kind: {
                oneOf: [
                  { type: 'string', enum: ['view', 'edit'] },
                  { type: 'string', enum: ['edit'] },
                ],
              },
              at: { type: 'string', format: 'date-time' },
              note: { type: ['string', 'null'], enum: ['a'] },
              old: { type: 'number', nullable: true },
            },
            additionalProperties: false,
          },
        },
        nextPage: { type: ['string', 'null'] },
      },
    },
    { type: 'object', properties: { total: { type: 'number' } } },
  ],
};
const entry = { id: 'x', kind: 'edit', at: '2026-01-01T00:00:00.000Z', note: null, old: null };
const good = { entries: [entry], nextPage: null, total: 1 };

test('accepts what fits', () => {
  expect(mismatches(root, page, good)).toEqual([]);
  expect(mismatches(root, { $ref: '#components/responses/Error' }, { code: 'x' })).toEqual([]);
});

test.each<[string, unknown, string]>([
  ['a missing field', { ...good, entries: [{ id: 'x' }] }, '$.entries[0].kind is missing'],
  ['a missing nextPage', { entries: [] }, '$.nextPage is missing'],
  ['another type', { ...good, total: '1' }, '$.total is string, not number'],
  [
    'another type behind a reference',
    { ...good, entries: [{ ...entry, id: 1 }] },
    'id is integer, not string',
  ],
  ['null where it is not allowed', { ...good, total: null }, '$.total is null'],
  ['a value outside the enum', { ...good, entries: [{ ...entry, note: 'b' }] }, 'note is "b", not one of'],
  ['no alternative that fits', { ...good, entries: [{ ...entry, kind: 'own' }] }, 'fits none of 2'],
  ['a field too many', { ...good, entries: [{ ...entry, more: 1 }] }, '$.entries[0].more is not expected'],
  ['a date of another form', { ...good, entries: [{ ...entry, at: '1 May' }] }, 'is no date-time'],
  ['an array for an object', [], '$ is array, not object'],
])('rejects %s', (_, value, said) => {
  expect(mismatches(root, page, value).join('\n')).toContain(said);
});

test('refuses keywords and references it does not understand', () => {
  expect(() => mismatches(root, { type: 'string', pattern: 'x' }, 'x')).toThrow('pattern');
  expect(() => mismatches(root, { $ref: '#/components/schemas/Nothing' }, 'x')).toThrow('leads nowhere');
});

test('knows which properties are documented', () => {
  expect([...documented(root, page)]).toEqual(['entries', 'nextPage', 'total']);
});
