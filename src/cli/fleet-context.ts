/** A command where the settings have several organizations: for one of them, or for each. */
import { openFleet } from '../fleet/open-fleet.ts';
import { type EachParts, inEach, tellViews } from './each-context.ts';
import { type CommandContext, type ContextOptions, inOne } from './one-context.ts';

/** Runs `work` for the chosen ones. The output for a single one is as if it were alone. */
export async function inFleet(
  parts: EachParts,
  options: ContextOptions,
  work: (context: CommandContext) => Promise<void>,
): Promise<void> {
  const { config, chosen, signal } = parts;
  const fleet = chosen.length === 1 ? openFleet({ config, chosen, signal }) : undefined;
  const [member] = fleet?.members ?? [];
  if (fleet === undefined || member === undefined) return inEach(parts, options, work);
  const { name, app, sync } = member;
  try {
    await inOne({ app, sync, signal, fleet: config, organization: name }, options, async (context) => {
      try {
        await work(context);
      } finally {
        const isDue = options.changes === true && !signal.aborted;
        if (isDue && tellViews(await fleet.refreshViews())) process.exitCode ||= 1;
      }
    });
  } finally {
    await fleet.close();
  }
}
