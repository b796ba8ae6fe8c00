import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { EventBus } from '../../src/core/events/bus.ts';
import { sinkOf } from '../../src/core/logging/stderr-sink.ts';
import { bytesText, downloadLine, showDownload } from '../../src/core/progress/download-line.ts';

it.each([
  [0, '0 bytes'],
  [1, '1 byte'],
  [999, '999 bytes'],
  [1000, '1.0 kB'],
  [999_949, '999.9 kB'],
  [999_950, '1.0 MB'],
  [12_345_678, '12.3 MB'],
  [2.5e9, '2.5 GB'],
  [7e15, '7000.0 TB'],
])('%d is %s', (bytes, text) => {
  expect(bytesText(bytes)).toBe(text);
});

it('says what goes on, and for how long', () => {
  expect(downloadLine(undefined, 65_400)).toBe('Sigma makes the file … 1:05');
  expect(downloadLine(1_500_000, 3_600_000)).toBe('1.5 MB downloaded  60:00');
});

it('is one line that makes way for the log and goes away', () => {
  const written: string[] = [];
  const stream = Object.assign(
    new Writable({
      write(chunk, _, done) {
        written.push(String(chunk));
        done();
      },
    }),
    { isTTY: true, columns: 20 },
  );
  const bus = new EventBus();
  let now = 0;
  const stop = showDownload(bus, stream, () => now);
  now = 5000;
  bus.emit('export.progress', { export: 'x', bytes: 2_000_000 });
  sinkOf(stream).write('a log line\n');
  stop();
  stop();
  expect(written).toEqual([
    '\r\u001b[2KSigma makes the fi…',
    '\r\u001b[2Ka log line\n\r\u001b[2K2.0 MB downloaded …',
    '\r\u001b[2K',
  ]);
  bus.emit('export.progress', { export: 'x', bytes: 3_000_000 });
  expect(written).toHaveLength(3);
});
