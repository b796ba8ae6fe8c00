import { receiversNamed, testReceivers } from '../../../operations/alerts/test-message.ts';
import { inContext } from '../../command-context.ts';
import { type JsonFlag, printJson, printTable } from '../../output/tables.ts';

/** `alert test`: sends a test message to the receivers and says what became of it. */
export const run = inContext(async (context, name: string | undefined, { json }: JsonFlag) => {
  const results = await testReceivers(context, receiversNamed(context.receivers, name));
  if (json === true) printJson({ receivers: results.map((one) => ({ ...one, error: one.error ?? null })) });
  else {
    printTable(results, [
      'receiver',
      'kind',
      { title: 'result', value: ({ ok }) => (ok ? 'sent' : 'FAILED') },
      { title: 'error', value: ({ error }) => error ?? '' },
    ]);
  }
  if (results.some(({ ok }) => !ok)) process.exitCode = 1;
});
