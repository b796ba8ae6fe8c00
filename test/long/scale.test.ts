/** An organization as large as they come. */
import { it } from 'vitest';
import { loadAtScale } from '../support/scale.ts';

it(
  'of 2,000 workbooks is loaded exactly, costs nothing when unchanged, and afterwards only what changed',
  () => loadAtScale({ seed: 3, workbooks: 2000, elements: 6000, members: 500, teams: 60, grants: 20_000 }),
  300_000,
);
