import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { EventBus } from '../../src/core/events/bus.ts';

const warnings: Error[] = [];
const onWarning = (warning: Error): void => void warnings.push(warning);

afterEach(() => {
  process.off('warning', onWarning);
  warnings.length = 0;
});

it('lets no listener that throws keep an event from the others, or from who emits it', async () => {
  process.on('warning', onWarning);
  const bus = new EventBus();
  const child = bus.child();
  const heard: string[] = [];
  const broken = new TypeError('canary-5ecret');
  const fail = (): never => {
    throw broken;
  };
  for (const one of [bus, child]) {
    one.onAny(fail);
    one.on('token.minted', fail);
    one.on('token.minted', () => heard.push('one'));
    one.onAny((name, _, { runId }) => heard.push(`${name} ${runId}`));
  }
  child.on('run.finished', fail);
  child.emit('run.finished', { runId: 'r', status: 'complete', durationMs: 1 });
  for (let time = 0; time < 3; time++) child.emit('token.minted', { expiresInS: 1, refreshed: false });
  expect(heard).toEqual([
    ...['run.finished undefined', 'run.finished undefined'],
    ...Array(3).fill(['one', 'token.minted undefined', 'one', 'token.minted undefined']).flat(),
  ]);
  await sleep(5);
  expect(warnings.map(({ name }) => name)).toEqual(['SigmaSyncListenerWarning']);
  expect(warnings[0]?.cause).toBe(broken);
  expect(warnings[0]?.message).not.toContain('canary');
});

it('lets no listener that rejects end the process', async () => {
  process.on('warning', onWarning);
  const bus = new EventBus();
  bus.on('token.minted', async () => {
    throw new RangeError('later');
  });
  for (let time = 0; time < 3; time++) bus.emit('token.minted', { expiresInS: 1, refreshed: false });
  await sleep(5);
  expect(warnings.map(({ message }) => message)).toEqual([
    'A listener of the event token.minted threw (RangeError); the run continues.',
  ]);
});
