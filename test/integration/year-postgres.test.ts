import { it } from 'vitest';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { startRig } from '../support/rig.ts';
it('measure', { timeout: 600000 }, async () => {
  for (const streams of [undefined, catalogue]) {
    const DAY = 86_400_000;
    let at = Date.now() - 365 * DAY;
    await using rig = await startRig({
      organization: { seed: 5, workbooks: 12, members: 8, teams: 3, grants: 40, workspaces: 3, folders: 5 },
      ...(streams === undefined ? {} : { streams }),
      engine: { now: () => new Date(at), refreshMs: () => 7 * DAY },
    });
    await rig.sync();
    const t = performance.now();
    for (let i = 0; i < 20; i++) { at += DAY; rig.simulator.organization.mutate(4); await rig.sync(); }
    console.log(streams?.length ?? 'core', (performance.now() - t) / 20, 'ms/run', Object.values(rig.requests()).reduce((a, b) => a + b, 0));
    console.log(await rig.differences());
  }
});
