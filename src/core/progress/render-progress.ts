/** Turns the progress state into lines of text. Pure: same state, same lines. */
import { type ProgressState, requestRate, type StreamProgress, settledPartitions } from './progress-state.ts';
import { pad, truncate } from './text-width.ts';

/** Names longer than this don't push the numbers further to the right. */
const WIDEST_NAME = 32;

/**
 * The live block: a line per stream and one for the requests.
 *
 * @param width columns; no line is wider.
 * @param height most lines; where there are more streams, waiting and finished ones are summed up in one line.
 */
export function render(state: ProgressState, width: number, height = Number.POSITIVE_INFINITY): string[] {
  const all = [...state.streams.values()];
  const { shown, hidden } = choose(all, height - 1);
  const nameWidth = Math.min(WIDEST_NAME, Math.max(0, ...all.map(({ name }) => name.length)));
  const lines = shown.map((stream) => streamLine(stream, nameWidth));
  if (hidden.length > 0) lines.push(hiddenLine(hidden));
  lines.push(requestLine(state));
  return lines.map((line) => truncate(line, width)).slice(-Math.max(1, height));
}

/** One line without columns, for logs and pipes. */
export function plainLine(stream: StreamProgress): string {
  const { name, phase, status, pages, rows, inserted, updated, deleted, failed } = stream;
  const facts = [
    stream.planned !== undefined &&
      `${partitions(stream)} ${stream.bytes === undefined ? 'partitions' : 'windows'}`,
    stream.bytes === undefined ? `${number(pages)} pages` : megabytes(stream.bytes),
    `${number(rows)} rows`,
    `${number(inserted)} inserted`,
    `${number(updated)} updated`,
    deleted > 0 && `${number(deleted)} deleted`,
    failed > 0 && `${number(failed)} failed`,
  ].filter((fact) => fact !== false);
  return `${name} ${phase === 'finished' ? (status ?? phase) : phase}: ${facts.join(', ')}`;
}

/** Running streams first, then as many others as fit, all in their order. */
function choose(
  all: readonly StreamProgress[],
  room: number,
): { shown: readonly StreamProgress[]; hidden: readonly StreamProgress[] } {
  if (all.length <= room) return { shown: all, hidden: [] };
  // Failures stay in sight before finished and waiting streams.
  const urgency = (stream: StreamProgress): number =>
    stream.phase === 'running' ? 0 : stream.phase === 'finished' && stream.status !== 'complete' ? 1 : 2;
  const ranked = [...all].sort((a, b) => urgency(a) - urgency(b));
  const kept = new Set(ranked.slice(0, Math.max(0, room - 1)));
  return {
    shown: all.filter((stream) => kept.has(stream)),
    hidden: all.filter((stream) => !kept.has(stream)),
  };
}

function streamLine(stream: StreamProgress, nameWidth: number): string {
  const { phase, status, pages, rows, inserted, updated, deleted, failed } = stream;
  const name = `${mark(stream)} ${pad(truncate(stream.name, nameWidth), nameWidth)}`;
  if (phase === 'waiting') return name;
  // Narrow enough that a name of 21 letters fits into 80 columns: + is new, ~ is changed, - is deleted.
  const columns = [
    name,
    partitions(stream).padStart(12),
    stream.bytes === undefined ? `${number(pages).padStart(6)} pages` : megabytes(stream.bytes).padStart(12),
    `${number(rows).padStart(9)} rows`,
    `+${number(inserted)}`.padStart(8),
    `~${number(updated)}`.padStart(7),
    deleted > 0 && ` -${number(deleted)}`,
    failed > 0 && ` ${number(failed)} failed`,
    phase === 'finished' && status !== 'complete' && ` ${status?.replaceAll('_', ' ')}`,
  ];
  return columns.filter(Boolean).join(' ');
}

function hiddenLine(hidden: readonly StreamProgress[]): string {
  const count = (phase: StreamProgress['phase']): number => hidden.filter((s) => s.phase === phase).length;
  const counts = (['finished', 'running', 'waiting'] as const)
    .map((phase) => ({ phase, streams: count(phase) }))
    .filter(({ streams }) => streams > 0)
    .map(({ phase, streams }) => `${streams} more ${phase}`);
  return `  ${counts.join(', ')}`;
}

function requestLine(state: ProgressState): string {
  const { requests, retries, throttles, throttledMs } = state;
  const waits = throttles === 0 ? '' : ` (${(throttledMs / 1000).toFixed(1)} s)`;
  return [
    `  ${elapsed(state.now - state.startedAt)}`,
    `${number(requests)} requests`,
    `${requestRate(state).toFixed(1)}/s`,
    `${number(retries)} retries`,
    `${number(throttles)} rate-limit waits${waits}`,
  ].join('  ');
}

function mark({ phase, status }: StreamProgress): string {
  if (phase === 'waiting') return '·';
  if (phase === 'running') return '▸';
  if (status === 'complete') return '✓';
  return status === 'failed' ? '✗' : '!';
}

function partitions(stream: StreamProgress): string {
  return `${number(settledPartitions(stream))}/${stream.planned === undefined ? '?' : number(stream.planned)}`;
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** `12,345`, whatever the locale of the machine. */
const number = (value: number): string => value.toLocaleString('en-GB');

/** `M:SS` or `H:MM:SS`. */
function elapsed(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number): string => String(value).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  const head = minutes < 60 ? String(minutes) : `${Math.floor(minutes / 60)}:${two(minutes % 60)}`;
  return `${head}:${two(seconds % 60)}`;
}
