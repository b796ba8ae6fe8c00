/** One line at the bottom of a terminal for a file that is downloaded: how much of it came, and for how long. */
import type { EventBus } from '../events/bus.ts';
import { sinkOf } from '../logging/stderr-sink.ts';
import type { ProgressStream } from './show-progress.ts';
import { truncate } from './text-width.ts';

const REDRAW_EVERY_MS = 250;
const CLEAR_LINE = '\u001b[2K';
const UNITS = ['kB', 'MB', 'GB', 'TB'] as const;

/** Shows the line until the returned function is called, which takes it away. Log lines appear above it. */
export function showDownload(bus: EventBus, stream: ProgressStream, now: () => number): () => void {
  const sink = sinkOf(stream);
  const startedAt = now();
  let bytes: number | undefined;
  const line = (): string => {
    const width = (stream.columns || 80) - 1;
    return `\r${CLEAR_LINE}${truncate(downloadLine(bytes, now() - startedAt), width)}`;
  };
  const detach = sink.attach({ clear: () => `\r${CLEAR_LINE}`, paint: line });
  const stopListening = bus.on('export.progress', (progress) => {
    bytes = progress.bytes;
  });
  const redraw = (): void => void stream.write(line());
  redraw();
  const timer = setInterval(redraw, REDRAW_EVERY_MS);
  timer.unref();
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    clearInterval(timer);
    stopListening();
    detach();
    stream.write(`\r${CLEAR_LINE}`);
  };
}

/** Nobody knows how much is to come: neither Sigma's export nor its download tells. */
export function downloadLine(bytes: number | undefined, elapsedMs: number): string {
  const seconds = Math.max(0, Math.floor(elapsedMs / 1000));
  const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  return bytes === undefined ? `Sigma makes the file … ${time}` : `${bytesText(bytes)} downloaded  ${time}`;
}

/** `12.3 MB`; of 1000 kB and not 1024 KiB, as file managers count. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 'bytes';
  for (const next of UNITS) {
    // A value that would be rounded to 1000 belongs to the next unit.
    if (value < (unit === 'bytes' ? 1000 : 999.95)) break;
    value /= 1000;
    unit = next;
  }
  return unit === 'bytes' ? `${bytes} ${bytes === 1 ? 'byte' : unit}` : `${value.toFixed(1)} ${unit}`;
}
