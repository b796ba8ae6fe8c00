/** Sites of organizations open as they are visited, and a bounded number of them stays open. */
import { Hono } from 'hono';
import { expect, it } from 'vitest';
import type { OrganizationConfig } from '../../src/config/fleet.ts';
import {
  MOST_SITES,
  type OpenOrganization,
  OrganizationSites,
} from '../../src/operations/web/organizations.ts';
import type { ServiceControl } from '../../src/operations/web/service-control.ts';

const NAMES = Array.from({ length: 1000 }, (_, i) => `o${i}`);

/** Organizations of which `busy` are at work. */
function startSites(busy: readonly string[] = []) {
  const opened: string[] = [];
  const closed: string[] = [];
  let names: readonly string[] = NAMES;
  const sites = new OrganizationSites(
    {
      all: () => names.map((name) => ({ name }) as OrganizationConfig),
      async open(name): Promise<OpenOrganization | string> {
        opened.push(name);
        if (name === 'o7') return 'It is broken.';
        const control = { running: () => (busy.includes(name) ? [{}] : []) } as unknown as ServiceControl;
        return { control, close: async () => void closed.push(name) };
      },
    },
    () => new Hono(),
  );
  return {
    ...{ sites, opened, closed },
    keep: (some: readonly string[]) => {
      names = some;
    },
  };
}

it('opens each once, and forgets those that were not visited for longest', async () => {
  const { sites, opened, closed } = startSites();
  for (const name of NAMES.slice(10, 200)) await sites.visit(name);
  await sites.visit('o199');
  expect(sites.size).toBe(MOST_SITES);
  expect(opened).toHaveLength(190);
  await sites.visit('o10');
  expect(opened).toHaveLength(191);
  // A site that still answers is not closed under way, but at the latest with the process.
  expect(closed).toEqual([]);
  await sites.close();
  expect(closed).toHaveLength(191);
});

it('leaves those alone in which something runs', async () => {
  const { sites, opened } = startSites(['o10', 'o11']);
  for (const name of NAMES.slice(10, 100)) await sites.visit(name);
  for (const name of ['o10', 'o11']) await sites.visit(name);
  expect(opened).toHaveLength(90);
  await sites.close();
});

it('two visits at once open it once, and what can’t be opened is tried again', async () => {
  const { sites, opened } = startSites();
  await Promise.all([sites.visit('o1'), sites.visit('o1')]);
  expect(opened).toEqual(['o1']);
  expect(await sites.visit('o7')).toBe('It is broken.');
  expect(await sites.visit('o7')).toBe('It is broken.');
  expect(opened).toEqual(['o1', 'o7', 'o7']);
  await sites.close();
});

it('knows none that the settings have no longer', async () => {
  const { sites, opened, closed, keep } = startSites();
  await sites.visit('o1');
  keep(['o2']);
  expect(await sites.visit('o1')).toMatch(/no organization of this name/);
  expect(await sites.visit('../o2')).toMatch(/no organization of this name/);
  expect(sites.size).toBe(0);
  await sites.close();
  expect([opened, closed]).toEqual([['o1'], ['o1']]);
});
