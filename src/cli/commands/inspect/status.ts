import { Command } from 'commander';
import { withContext } from '../../command-context.ts';
import { ago, print, printJson, table } from '../../output/tables.ts';

/** `status`: freshness and last outcome per stream. */
export function statusCommand(): Command {
  return new Command('status')
    .description('show how fresh each stream and export is and how its last run ended')
    .option('--json', 'print it as JSON')
    .addHelpText('after', '\nExample:\n  $ sigma-sync status\n')
    .action(async ({ json }: { json?: boolean }, command: Command) => {
      await withContext(command, async (context) => {
        const { streams: states, exports } = await context.sync.status();
        if (json === true)
          return printJson({ streams: states, ...(exports.length === 0 ? {} : { exports }) });
        const now = context.clock.now();
        const rows = table(states, [
          { title: 'stream', value: (state) => state.name },
          { title: 'status', value: (state) => state.status },
          { title: 'fresh', value: (state) => ago(state.lastSuccessAt, now) },
          { title: 'tried', value: (state) => ago(state.lastAttemptAt, now) },
          { title: 'rows', value: (state) => state.rows },
          { title: 'partitions', value: (state) => state.partitions },
          { title: 'failed', value: (state) => state.partitionsFailed },
          { title: 'error', value: (state) => context.redact(state.error ?? '') },
        ]);
        for (const row of rows) print(row);
        if (exports.length === 0) return;
        print();
        const lines = table(exports, [
          { title: 'export', value: ({ name }) => name },
          { title: 'status', value: ({ status }) => status },
          { title: 'fresh', value: ({ lastSuccessAt }) => ago(lastSuccessAt, now) },
          { title: 'tried', value: ({ lastAttemptAt }) => ago(lastAttemptAt, now) },
          { title: 'watermark', value: ({ watermark }) => watermark ?? '-' },
          { title: 'error', value: ({ error }) => context.redact(error ?? '') },
        ]);
        for (const line of lines) print(line);
      });
    });
}
