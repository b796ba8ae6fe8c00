/** `worker`: works on the runs of many organizations until it is stopped. */
import type { Command } from 'commander';
import { runWorker } from '../../../operations/fleet/run-on-queue.ts';
import { settingsReader } from '../../command-context.ts';
import { speakAs } from '../../voice.ts';

interface WorkerFlags {
  readonly concurrency: number;
  readonly port?: number;
}

/** Works on `concurrency` organizations at once. */
export async function run(command: Command, flags: WorkerFlags): Promise<void> {
  const reader = settingsReader(command);
  const { format } = reader.last.fleet.base.log;
  const load = () => reader.load().fleet;
  await runWorker({ load, onSecrets: (redact) => speakAs(redact, format) }, flags);
}
