import type { Command } from 'commander';
import { redactorOf, runService } from '../../../operations/service/run-service.ts';
import { configFor } from '../../command-context.ts';
import { speakAs } from '../../voice.ts';

/** `serve`: the page alone. */
export async function run(command: Command): Promise<void> {
  await runService({
    load: () => configFor(command),
    schedules: false,
    once: false,
    onOpen: (service) => speakAs(redactorOf(service), service.app.config.log.format),
  });
}
