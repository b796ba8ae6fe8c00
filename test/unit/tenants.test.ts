import { expect, it } from 'vitest';
import { entryName, type Tenant, withoutEntry } from '../../src/fleet/tenants.ts';

const tenant = (id: string, slug = id): Tenant => ({ id, slug, name: slug, apiUrl: null });

it('tenants whose credentials the settings have are not missing, and none is told twice', () => {
  const kin = [
    { id: 'parent', tenants: [tenant('a'), tenant('b'), tenant('c')] },
    { id: 'b', tenants: undefined },
    { id: 'other', tenants: [tenant('c'), tenant('parent')] },
    { id: undefined, tenants: undefined },
  ];
  expect(withoutEntry(kin).map(({ id }) => id)).toEqual(['a', 'c']);
});

it.each([
  ['Acme-Corp', 'acme_corp'],
  ['-- 2nd --', '2nd'],
  ['ÄÖ', 'tenant'],
  [`${'a'.repeat(28)}-b`, 'a'.repeat(28)],
])('makes a name of %j that the settings take', (slug, name) => {
  expect(entryName(tenant('x', slug))).toBe(name);
});
