/** A process that starts while its database is away. */
import { expect, it } from 'vitest';
import { toDatabaseError } from '../../src/core/database/database-error.ts';
import { ConfigError } from '../../src/core/errors.ts';
import { untilReachable } from '../../src/operations/fleet/patience.ts';

const failure = (code: string, message = 'no'): Error => Object.assign(new Error(message), { code });

function open() {
  const lines: string[] = [];
  const stop = new AbortController();
  const logger = { warn: (event: string) => lines.push(event), info: (event: string) => lines.push(event) };
  return { lines, stop, options: { signal: stop.signal, logger, redact: (text: string) => text } };
}

it.each(['ECONNREFUSED', 'ETIMEDOUT', '57P03', '08006'])(
  'waits for a database that says %s',
  async (code) => {
    const { lines, options } = open();
    let asked = 0;
    const work = async (): Promise<string> => {
      if (++asked === 1) throw failure(code);
      return 'there';
    };
    expect(await untilReachable(work, options)).toBe('there');
    expect([asked, lines]).toEqual([2, ['service.unreachable', 'service.recovered']]);
  },
);

it.each([
  toDatabaseError(failure('42501'), 'opening'),
  toDatabaseError(failure('28P01'), 'opening'),
  new ConfigError('wrong'),
])('waits for nothing that waiting can not mend: %s', async (error) => {
  const { lines, options } = open();
  await expect(untilReachable(() => Promise.reject(error), options)).rejects.toBe(error);
  expect(lines).toEqual([]);
});

it('ends when the process is to end', async () => {
  const { stop, options } = open();
  const waiting = untilReachable(() => Promise.reject(failure('ECONNREFUSED')), options);
  stop.abort();
  expect(await waiting).toBeUndefined();
});
