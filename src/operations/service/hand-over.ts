/** Hands jobs and records over as the lease changes hands. */
import { InterruptedError } from '../../core/errors.ts';
import type { Lease } from '../../state/lease.ts';
import type { SettingsInForce } from './accept-settings.ts';
import { type Parts, timeOf } from './service-parts.ts';

const CUT_OFF = 'The process ended before the run did.';

/** Takes or prolongs the lease where that is due. @throws DatabaseError */
export async function keepLease(parts: Parts): Promise<void> {
  const { leadership, connection, records } = parts;
  const { schemas } = parts.inForce.app;
  await leadership.keep(() => connection.ready(), schemas, {
    gained: async (database, lease) => {
      // Another process may have served turns meanwhile; what it began and did not end is begun again.
      records.clear();
      await records.load(database, schemas);
      takeOver(parts, lease);
    },
    lost: () => handOver(parts),
    enforced: () => unblock(parts),
  });
}

/** Lets go of the lease where this process has it, in the database of those settings. @throws DatabaseError */
export async function giveLeaseUp({ leadership }: Parts, { target, app }: SettingsInForce): Promise<void> {
  if (leadership.lease === undefined) return;
  await leadership.giveUp(target.open, app.schemas);
}

function takeOver(parts: Parts, { fence }: Lease): void {
  const { records, runner } = parts;
  for (const { name } of parts.inForce.jobs) {
    const record = records.get(name);
    // A requested run does not make up for a turn before it has ended well.
    if (record?.lastStatus !== 'running' || runner.active.get(name)?.trigger === 'schedule') continue;
    const retryAt = timeOf(parts);
    records.note({ ...record, fence, lastStatus: 'interrupted', retryAt, error: CUT_OFF });
  }
}

/** Runs that schedules began here go on in the process that has the lease now. */
function handOver({ runner, handedOver }: Parts): void {
  for (const { name, trigger } of runner.active.values()) {
    if (trigger !== 'schedule') continue;
    handedOver.add(name);
    runner.stop(name, new InterruptedError('Another process runs the schedules now.'));
  }
}

/** The obstacle is gone. */
function unblock(parts: Parts): void {
  const { records } = parts;
  for (const { name } of parts.inForce.jobs) {
    const record = records.get(name);
    if (record?.lastStatus === 'blocked') records.note({ ...record, retryAt: timeOf(parts) });
  }
}
