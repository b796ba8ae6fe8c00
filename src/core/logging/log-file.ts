/** The log as a file that never grows beyond a bound, and never ends the process, whatever becomes of its disk. */
import * as fs from 'node:fs';
import { basename, dirname, join } from 'node:path';

export interface LogFileOptions {
  readonly path: string;
  /** A file that would become larger is rotated. */
  readonly maxBytes: number;
  /** Files that are kept: `path`, then `path.1`, the one before it, and so on. */
  readonly maxFiles: number;
  /** Called when lines can't be written; once, until they could again. */
  readonly onFailure: (error: unknown) => void;
  /** Milliseconds since some moment; default: the system's monotonic clock. */
  readonly now?: () => number;
}

/** Without this, opening a pipe that nobody reads would wait for ever. */
const FLAGS =
  fs.constants.O_WRONLY | fs.constants.O_APPEND | fs.constants.O_CREAT | (fs.constants.O_NONBLOCK ?? 0);
/** The group may read: shippers of logs run as other users. */
const MODE = 0o640;
/** A disk that is full stays so for a while. */
const RETRY_MS = 10_000;

/**
 * Opens nothing yet: the file is opened for each line. So a line is there even if the process dies after it. If the
 * file is moved away (by another process, by logrotate), the rest goes into a new one, and no descriptor is kept. The
 * log has few lines; this costs some microseconds each.
 */
export function openLogFile(options: LogFileOptions) {
  const { path, maxBytes, maxFiles, onFailure, now = () => performance.now() } = options;
  let failedAt: number | undefined;
  /** The last line was cut off in its middle. */
  let isTorn = false;

  function append(line: Buffer): void {
    let fd = openFile(path);
    try {
      const file = fs.fstatSync(fd);
      if (file.isFile() && file.size > 0 && file.size + line.length > maxBytes) {
        fs.closeSync(fd);
        fd = -1;
        // Another process may have been faster.
        if (fs.statSync(path).ino === file.ino) rotate(path, maxFiles);
        fd = openFile(path);
        isTorn = false;
      }
      const whole = isTorn ? Buffer.concat([LINE_FEED, line]) : line;
      for (let done = 0; done < whole.length; ) {
        const written = fs.writeSync(fd, whole, done);
        isTorn = true;
        done += written;
      }
      isTorn = false;
    } finally {
      if (fd >= 0) fs.closeSync(fd);
    }
  }

  return {
    /** Appends one line, which ends with a line feed. Never throws. */
    write(line: string): void {
      if (failedAt !== undefined && now() - failedAt < RETRY_MS) return;
      try {
        append(Buffer.from(line));
        failedAt = undefined;
      } catch (error) {
        const isNew = failedAt === undefined;
        failedAt = now();
        if (isNew) onFailure(error);
      }
    },
  };
}

const LINE_FEED = Buffer.from('\n');

function openFile(path: string): number {
  try {
    return fs.openSync(path, FLAGS, MODE);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    fs.mkdirSync(dirname(path), { recursive: true });
    return fs.openSync(path, FLAGS, MODE);
  }
}

/** `path` becomes `path.1`, that `path.2`, …; the oldest goes, and so do those that an earlier setting kept. */
function rotate(path: string, maxFiles: number): void {
  const prefix = `${basename(path)}.`;
  const numbers = fs
    .readdirSync(dirname(path))
    .filter((name) => name.startsWith(prefix) && /^[1-9]\d{0,5}$/.test(name.slice(prefix.length)))
    .map((name) => Number(name.slice(prefix.length)))
    .sort((a, b) => b - a);
  const file = (number: number): string => (number === 0 ? path : join(dirname(path), `${prefix}${number}`));
  for (const number of [...numbers, 0]) {
    if (number + 1 >= maxFiles) fs.rmSync(file(number), { force: true });
    else fs.renameSync(file(number), file(number + 1));
  }
}
