import { describeError } from '../../../core/errors.ts';
import { outageInWords } from '../../../state/read/outage.ts';
import { inContext } from '../../command-context.ts';
import { ago, type JsonFlag, print, printJson, printTable } from '../../output/tables.ts';
import { missingDatabase } from '../../require-database.ts';

/** `status`: freshness and last outcome per stream. */
export const run = inContext(
  async (context, { json }: JsonFlag) => {
    const { streams: states, exports, outage } = await context.sync.status();
    if (json === true)
      return printJson({
        streams: states,
        ...(exports.length === 0 ? {} : { exports }),
        ...(outage === undefined ? {} : { outage: { ...outage, error: context.redact(outage.error) } }),
      });
    const missing = missingDatabase(context.config);
    if (missing !== undefined) return print(describeError(missing));
    const now = context.clock.now();
    if (outage !== undefined) print(`${context.redact(outageInWords(outage, states.length))}\n`);
    printTable(states, [
      { title: 'stream', value: (state) => state.name },
      'status',
      { title: 'fresh', value: (state) => ago(state.lastSuccessAt, now) },
      { title: 'tried', value: (state) => ago(state.lastAttemptAt, now) },
      'rows',
      'partitions',
      { title: 'failed', value: (state) => state.partitionsFailed },
      { title: 'error', value: (state) => context.redact(state.error ?? '') },
    ]);
    if (exports.length === 0) return;
    print();
    printTable(exports, [
      { title: 'export', value: ({ name }) => name },
      'status',
      { title: 'fresh', value: ({ lastSuccessAt }) => ago(lastSuccessAt, now) },
      { title: 'tried', value: ({ lastAttemptAt }) => ago(lastAttemptAt, now) },
      { title: 'watermark', value: ({ watermark }) => watermark ?? '-' },
      { title: 'error', value: ({ error }) => context.redact(error ?? '') },
    ]);
  },
  {
    together: async (all, flags) => {
      const missing = missingDatabase(all.fleet.base);
      if (missing !== undefined) throw missing;
      await (await import('./status-of-all.ts')).statusOfAll(all, flags);
    },
  },
);
