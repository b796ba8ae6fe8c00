import { type OrganizationState, organizationStates } from '../../../fleet/organization-states.ts';
import { placesOf } from '../../../fleet/places.ts';
import type { TogetherContext } from '../../one-context.ts';
import { ago, type JsonFlag, print, printJson, printTable } from '../../output/tables.ts';

/** `status` of several organizations: a line each. */
export async function statusOfAll(
  { chosen, database, redact, now }: TogetherContext,
  { json }: JsonFlag,
): Promise<void> {
  const found = await organizationStates(await database(), placesOf({ organizations: chosen }));
  const states = found.map(
    (state): OrganizationState => ({
      ...state,
      error: state.error === null ? null : redact(state.error),
    }),
  );
  if (json === true) return printJson({ organizations: states });
  printTable(states, [
    'organization',
    { title: 'fresh', value: ({ freshAt }) => ago(freshAt, now) },
    'streams',
    { title: 'failing', value: ({ failing }) => failing.length },
    { title: 'last run', value: ({ lastRun }) => lastRun?.status ?? 'never' },
    { title: 'at', value: ({ lastRun }) => (lastRun === null ? '' : ago(lastRun.startedAt, now)) },
    { title: 'error', value: ({ error }) => error ?? '' },
  ]);
  print();
  print(
    '"fresh" is when the stalest stream was read. "sigma-sync --organization NAME status" lists all streams.',
  );
}
