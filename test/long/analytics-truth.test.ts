/** Every model of the analytics schema against a naive computation: more organizations, and more rounds. */
import fc from 'fast-check';
import { it } from 'vitest';
import { follow } from '../support/answers/follow.ts';

it('answers are what the organization is, whichever it is', { timeout: 900_000 }, async () => {
  const organization = fc.record({
    seed: fc.integer({ min: 1, max: 1_000_000 }),
    workbooks: fc.integer({ min: 12, max: 60 }),
    archivedShare: fc.constantFrom(0, 0.1, 0.4),
    activeShare: fc.constantFrom(0, 0.4, 1),
    grants: fc.integer({ min: 40, max: 250 }),
  });
  const rounds = fc.array(fc.integer({ min: 10, max: 120 }), { minLength: 1, maxLength: 4 });
  // Shrinking would take hours, and the seed tells it all.
  await fc.assert(
    fc.asyncProperty(organization, rounds, async (options, changes) => {
      await follow(options, changes);
    }),
    { numRuns: 8, endOnFailure: true },
  );
});
