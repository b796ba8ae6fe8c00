/** Shows a run's progress: a live block on a terminal, plain lines elsewhere. */
import type { EventBus, EventName, Events } from '../events/bus.ts';
import { type Block, sinkOf } from '../logging/stderr-sink.ts';
import { apply, initialState, type ProgressState } from './progress-state.ts';
import { plainLine, render } from './render-progress.ts';
import { textWidth } from './text-width.ts';

/** The part of `process.stderr` that we use. */
export type ProgressStream = NodeJS.WritableStream & {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
};

/** At most ten redraws a second. */
const REDRAW_EVERY_MS = 100;
/** Without a live block, a long stream says this often that it is alive, in milliseconds. */
const HEARTBEAT_EVERY_MS = 30_000;

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const CLEAR_TO_END_OF_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

/**
 * Follows the events of `bus` until the returned function is called, which leaves the last state on the screen and
 * the cursor visible. Log lines written through `sinkOf(stream)`, as the logger does, appear above the block.
 *
 * @example const stop = showProgress(bus, process.stderr, () => new Date());
 */
export function showProgress(bus: EventBus, stream: ProgressStream, now: () => Date): () => void {
  return stream.isTTY === true ? showBlock(bus, stream, now) : showLines(bus, stream, now);
}

function showBlock(bus: EventBus, stream: ProgressStream, now: () => Date): () => void {
  const sink = sinkOf(stream);
  const state = initialState(now().getTime());
  let drawn: readonly string[] = [];
  /** Between two runs the block of the last one stays where it is, and others may write below it. */
  let idle = false;

  /** Moves to the block's first line. A terminal that became narrower has wrapped the lines drawn before. */
  const toTop = (): string => {
    const columns = stream.columns || 80;
    const rows = drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(textWidth(line) / columns)), 0);
    return rows === 0 ? '' : `\u001b[${rows}A\r`;
  };
  const paint = (lines: readonly string[]): string => {
    drawn = lines;
    return lines.map((line) => `${line}${CLEAR_TO_END_OF_LINE}\n`).join('') + CLEAR_BELOW;
  };
  // One column and one line stay free: a full line would wrap, a full screen would scroll.
  const current = (): string[] => {
    state.now = now().getTime();
    return render(state, (stream.columns || 80) - 1, (stream.rows || 24) - 1);
  };
  const redraw = (): void => {
    if (idle) return;
    const lines = current();
    if (lines.length === drawn.length && lines.every((line, index) => line === drawn[index])) return;
    // Overwritten in place and in one piece rather than cleared first: no flicker.
    const top = toTop();
    stream.write(top + paint(lines));
  };
  const block: Block = {
    clear: () => toTop() + CLEAR_BELOW,
    paint: () => paint(drawn),
  };
  // The cursor must come back even where the process ends in the middle of a run.
  const restore = (): void => {
    stream.write(SHOW_CURSOR);
  };
  const stopListening = follow(bus, state, now, (name) => {
    if (name === 'run.started') idle = false;
    if (name !== 'run.finished') return;
    redraw();
    drawn = [];
    idle = true;
  });
  const detach = sink.attach(block);
  process.once('exit', restore);
  stream.write(HIDE_CURSOR);
  redraw();
  const timer = setInterval(redraw, REDRAW_EVERY_MS);
  timer.unref();

  return once(() => {
    clearInterval(timer);
    stopListening();
    redraw();
    detach();
    process.off('exit', restore);
    restore();
  });
}

function showLines(bus: EventBus, stream: ProgressStream, now: () => Date): () => void {
  const sink = sinkOf(stream);
  const state = initialState(now().getTime());
  const spokeAt = new Map<string, number>();
  const stopListening = follow(bus, state, now, (name, fields) => {
    if (name === 'run.started') spokeAt.clear();
    const isStart = name === 'stream.started' || name === 'export.started';
    if (!isStart && name !== 'stream.finished' && name !== 'export.finished') return;
    const line = state.streams.get(
      'export' in fields ? `export ${fields.export}` : 'stream' in fields ? (fields.stream ?? '') : '',
    );
    if (line === undefined) return;
    spokeAt.set(line.name, state.now);
    sink.write(`${isStart ? `${line.name} started` : plainLine(line)}\n`);
  });
  const timer = setInterval(() => {
    state.now = now().getTime();
    for (const line of state.streams.values()) {
      if (line.phase !== 'running' || state.now - (spokeAt.get(line.name) ?? 0) < HEARTBEAT_EVERY_MS)
        continue;
      spokeAt.set(line.name, state.now);
      sink.write(`${plainLine(line)}\n`);
    }
  }, 1000);
  timer.unref();
  return once(() => {
    clearInterval(timer);
    stopListening();
  });
}

/** Keeps `state` up to date; `then` sees each event after it was counted. */
function follow(
  bus: EventBus,
  state: ProgressState,
  now: () => Date,
  then?: (name: EventName, fields: Events[EventName]) => void,
): () => void {
  return bus.onAny((name, fields) => {
    state.now = now().getTime();
    apply(state, name, fields);
    then?.(name, fields);
  });
}

/** Stopping twice, such as after an error and in `finally`, does no harm. */
function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    work();
  };
}
