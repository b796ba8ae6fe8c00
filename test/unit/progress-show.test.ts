import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EventBus } from '../../src/core/events/bus.ts';
import { createLogger } from '../../src/core/logging/logger.ts';
import { type ProgressStream, showProgress } from '../../src/core/progress/show-progress.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: new Date(2026, 0, 2, 3, 4, 5) });
});
afterEach(() => {
  vi.useRealTimers();
});

const now = (): Date => new Date();
const started = (streams: readonly string[]) => ({
  ...{ runId: 'r', command: 'sync', trigger: 'cli', schedule: undefined },
  streams,
  full: false,
  resumedFrom: undefined,
});
const finished = (stream: string) => ({
  stream,
  status: 'complete',
  mode: 'full',
  partitions: 1,
  partitionsFailed: 0,
  requests: 1,
  read: 5,
  inserted: 5,
  updated: 0,
  unchanged: 0,
  deleted: 0,
  error: undefined,
});

/** A stream that keeps what it is sent, and the screen a terminal would show. */
class Terminal extends PassThrough {
  readonly isTTY: boolean;
  columns = 100;
  rows = 10;
  readonly writes: string[] = [];
  screen: string[] = [''];
  cursorHidden = false;
  #row = 0;
  #column = 0;

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }

  override write(chunk: unknown): boolean {
    this.writes.push(String(chunk));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control sequences are what a terminal reads
    for (const [part] of String(chunk).matchAll(/\u001b\[\??\d*[A-Za-z]|[\s\S]/gu)) this.#obey(part);
    return true;
  }

  #obey(part: string): void {
    const line = this.screen[this.#row] ?? '';
    if (part === '\n') {
      this.#row++;
      this.#column = 0;
      this.screen[this.#row] ??= '';
    } else if (part === '\r') this.#column = 0;
    else if (part.endsWith('A') && part.length > 1)
      this.#row = Math.max(0, this.#row - Number(part.slice(2, -1)));
    else if (part === '\u001b[K') this.screen[this.#row] = line.slice(0, this.#column);
    else if (part === '\u001b[J') {
      this.screen[this.#row] = line.slice(0, this.#column);
      this.screen.length = this.#row + 1;
    } else if (part === '\u001b[?25l') this.cursorHidden = true;
    else if (part === '\u001b[?25h') this.cursorHidden = false;
    else if (part.startsWith('\u001b')) throw new Error(`unknown sequence ${JSON.stringify(part)}`);
    else {
      this.screen[this.#row] =
        line.slice(0, this.#column).padEnd(this.#column) + part + line.slice(this.#column + 1);
      this.#column++;
    }
  }

  /** The lines shown, without numbers and trailing spaces. */
  get lines(): string[] {
    return this.screen.map((line) => line.replace(/ {2,}[\d?].*/, '').trimEnd());
  }
}

describe('on a terminal', () => {
  it('lets go of the block when the run ends, so that what is printed below it stays', () => {
    const terminal = new Terminal(true);
    const bus = new EventBus();
    const stop = showProgress(bus, terminal, now);
    const run = (): void => {
      bus.emit('run.started', started(['members']));
      bus.emit('stream.finished', finished('members'));
      bus.emit('run.finished', { runId: 'r', status: 'complete', durationMs: 1 });
    };
    run();
    terminal.write('the report\n');
    vi.advanceTimersByTime(1000);
    run();
    stop();
    expect(terminal.lines.filter((line) => line !== '')).toEqual(['✓ members', 'the report', '✓ members']);
  });

  it('redraws a block in place, with log lines above it, and leaves the last state behind', () => {
    const terminal = new Terminal(true);
    const bus = new EventBus();
    const stream: ProgressStream = terminal;
    const logger = createLogger({ level: 'info', format: 'text', secrets: () => [], stream, now });
    const stop = showProgress(bus, stream, now);
    expect(terminal.cursorHidden).toBe(true);
    bus.emit('run.started', started(['members', 'tags']));
    bus.emit('stream.started', { stream: 'members' });
    vi.advanceTimersByTime(100);
    expect(terminal.lines).toEqual(['▸ members', '· tags', '', '']);
    logger.info('first');
    bus.emit('stream.finished', finished('members'));
    logger.warn('second', { n: 1 });
    expect(terminal.lines).toEqual([
      '03:04:05 info  first',
      '03:04:05 warn  second n=1',
      '▸ members',
      '· tags',
      '',
      '',
    ]);
    stop();
    expect(terminal.lines).toEqual([
      '03:04:05 info  first',
      '03:04:05 warn  second n=1',
      '✓ members',
      '· tags',
      '',
      '',
    ]);
    expect(terminal.cursorHidden).toBe(false);
    logger.info('third');
    expect(terminal.lines.slice(-4)).toEqual(['· tags', '', '03:04:05 info  third', '']);
  });

  it('draws at most ten times a second, and not where nothing changed', () => {
    const terminal = new Terminal(true);
    const bus = new EventBus();
    const stop = showProgress(bus, terminal, now);
    bus.emit('run.started', started(['members']));
    const before = terminal.writes.length;
    for (let i = 0; i < 1000; i++) {
      bus.emit('page.read', { stream: 'members', partition: 'p', rows: 1 });
      vi.advanceTimersByTime(1);
    }
    expect(terminal.writes.length - before).toBeLessThanOrEqual(11);
    vi.advanceTimersByTime(100);
    const idle = terminal.writes.length;
    vi.advanceTimersByTime(600);
    expect(terminal.writes.length - idle).toBeLessThanOrEqual(1);
    stop();
  });

  it('fits a small terminal, and one that became smaller', () => {
    const terminal = new Terminal(true);
    terminal.rows = 4;
    terminal.columns = 20;
    const bus = new EventBus();
    const stop = showProgress(bus, terminal, now);
    bus.emit('run.started', started(Array.from({ length: 30 }, (_, index) => `stream_${index}`)));
    bus.emit('stream.started', { stream: 'stream_7' });
    vi.advanceTimersByTime(100);
    expect(terminal.screen).toHaveLength(4);
    expect(Math.max(...terminal.screen.map((line) => line.length))).toBeLessThan(20);
    expect(terminal.lines[0]).toMatch(/^▸ stream_7 /);
    terminal.columns = 10;
    bus.emit('stream.finished', finished('stream_7'));
    vi.advanceTimersByTime(100);
    // Two of the three lines were wrapped by the narrower terminal.
    expect(terminal.writes.at(-1)).toContain('\u001b[6A\r');
    stop();
  });

  it('stops once, and lets go of timers and the exit hook', () => {
    const terminal = new Terminal(true);
    const bus = new EventBus();
    const hooks = process.listenerCount('exit');
    const stop = showProgress(bus, terminal, now);
    expect(process.listenerCount('exit')).toBe(hooks + 1);
    stop();
    stop();
    const writes = terminal.writes.length;
    bus.emit('run.started', started(['members']));
    vi.advanceTimersByTime(60_000);
    expect(terminal.writes.length).toBe(writes);
    expect(process.listenerCount('exit')).toBe(hooks);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('elsewhere', () => {
  it('writes a line when a stream starts and ends, and every 30 s between', () => {
    const terminal = new Terminal(false);
    const bus = new EventBus();
    const stop = showProgress(bus, terminal, now);
    bus.emit('run.started', started(['members', 'tags']));
    bus.emit('stream.started', { stream: 'members' });
    bus.emit('page.read', { stream: 'members', partition: 'p', rows: 2 });
    vi.advanceTimersByTime(29_000);
    expect(terminal.writes).toEqual(['members started\n']);
    vi.advanceTimersByTime(41_000);
    bus.emit('stream.finished', finished('members'));
    vi.advanceTimersByTime(60_000);
    stop();
    const facts = (rows: number): string =>
      `1 pages, ${rows} rows, ${rows === 5 ? 5 : 0} inserted, 0 updated\n`;
    expect(terminal.writes).toEqual([
      'members started\n',
      `members running: ${facts(2)}`,
      `members running: ${facts(2)}`,
      `members complete: ${facts(5)}`,
    ]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
