import { Command } from 'commander';
import { receiversNamed, testReceivers } from '../../../operations/alerts/test-message.ts';
import { withContext } from '../../command-context.ts';
import { print, printJson, table } from '../../output/tables.ts';

/** `alert test`: sends a test message to the receivers and says what became of it. */
export function alertTestCommand(): Command {
  return new Command('test')
    .description('send a test message to each receiver of alerts, or to one')
    .argument('[receiver]', 'name of a receiver; default: all')
    .option('--json', 'print what became of it as JSON')
    .addHelpText('after', '\nExample:\n  $ sigma-sync alert test\n')
    .action(async (name: string | undefined, { json }: { json?: boolean }, command: Command) => {
      await withContext(command, async (context) => {
        const results = await testReceivers(context, receiversNamed(context.receivers, name));
        if (json === true) {
          printJson({ receivers: results.map((one) => ({ ...one, error: one.error ?? null })) });
        } else {
          const rows = table(results, [
            { title: 'receiver', value: ({ receiver }) => receiver },
            { title: 'kind', value: ({ kind }) => kind },
            { title: 'result', value: ({ ok }) => (ok ? 'sent' : 'FAILED') },
            { title: 'error', value: ({ error }) => error ?? '' },
          ]);
          for (const row of rows) print(row);
        }
        if (results.some(({ ok }) => !ok)) process.exitCode = 1;
      });
    });
}
