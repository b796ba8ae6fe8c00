import { Command } from 'commander';
import { redactorOf, runService } from '../../../operations/service/run-service.ts';
import { configFor, speakAs } from '../../command-context.ts';

/** `serve`: the page alone. */
export function serveCommand(): Command {
  return new Command('serve')
    .description('serve the page without running the schedules')
    .addHelpText('after', '\nExample:\n  $ sigma-sync serve    the page on http://127.0.0.1:8080\n')
    .action(async (_: object, command: Command) => {
      await runService({
        load: () => configFor(command),
        schedules: false,
        once: false,
        onOpen: (service) => speakAs(redactorOf(service), service.app.config.log.format),
      });
    });
}
