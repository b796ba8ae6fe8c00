/** The log: one event, one line, on standard error and in a file where one is set. Secrets are replaced here, so that no call site can forget. */
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { Writable } from 'node:stream';
import type { Logger as Writer } from 'winston';
import { cleanFields, type Entry, type Fields, jsonLine, textLine } from './line.ts';
import { openLogFile } from './log-file.ts';
import type { LogFormat, LogLevel } from './log-words.ts';
import { type StderrSink, sinkOf } from './stderr-sink.ts';

export interface FileOptions {
  readonly path: string;
  readonly maxMegabytes: number;
  readonly maxFiles: number;
  /** Least severe level that is written to it; default: that of the log. */
  readonly level?: LogLevel;
}

/** Options of `createLogger`. */
export interface LoggerOptions {
  /** Least severe level that is written. */
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Asked for every line, because a token or a database password may become known later. */
  readonly secrets: () => readonly string[];
  /** A file that is written, too, always as JSON. */
  readonly file?: FileOptions | undefined;
  /** Default: standard error. Standard output belongs to the command's result. */
  readonly stream?: NodeJS.WritableStream;
  /** Clock of the time stamps; default: the system's. */
  readonly now?: () => Date;
}

/** Logs events: a stable name (`noun.verb`) and fields, never a sentence with values in it. */
export interface Logger {
  readonly level: LogLevel;
  error(event: string, fields?: Fields): void;
  warn(event: string, fields?: Fields): void;
  info(event: string, fields?: Fields): void;
  debug(event: string, fields?: Fields): void;
  /** Resolves once every line has left this process; only needed before `process.exit`. */
  flush(): Promise<void>;
}

const require = createRequire(import.meta.url);

const LEVELS: Readonly<Record<LogLevel, number>> = { error: 0, warn: 1, info: 2, debug: 3 };
/** The key under which winston's transports look for the finished line. */
const MESSAGE = Symbol.for('message');

/**
 * @example
 * const logger = createLogger({ ...config.log, secrets: () => secrets(config) });
 * logger.info('run.started', { streams: 12 });
 */
export function createLogger(options: LoggerOptions): Logger {
  const { level, file, stream = process.stderr, now = () => new Date() } = options;
  const sink = sinkOf(stream);
  const most = Math.max(LEVELS[level], file === undefined ? 0 : LEVELS[file.level ?? level]);
  let writer: Writer | undefined;
  const at =
    (severity: LogLevel) =>
    (event: string, fields: Fields = {}): void => {
      if (LEVELS[severity] > most) return;
      // Made by the first line: many commands write none, and winston takes 30 ms to load.
      writer ??= openWriter(options, sink, now);
      // Fields stay in one property: winston would glue a field named `message` to the event.
      writer.log({ level: severity, message: event, fields, time: now() });
    };
  return {
    level,
    error: at('error'),
    warn: at('warn'),
    info: at('info'),
    debug: at('debug'),
    flush: () => sink.flush(),
  };
}

/** The log as settings describe it. */
export interface LogSettings extends Pick<LoggerOptions, 'level' | 'format'> {
  /** Path of the file that is written, too. */
  readonly file?: string | undefined;
  readonly maxMegabytes: number;
  readonly maxFiles: number;
}

/** Opens the log of the settings. @param level Least severe level on standard error; the file keeps that of the settings. */
export function openLog(
  { level: own, format, file, maxMegabytes, maxFiles }: LogSettings,
  secrets: LoggerOptions['secrets'],
  level: LogLevel = own,
): Logger {
  const path = file === undefined ? undefined : resolve(file);
  return createLogger({
    ...{ level, format, secrets },
    file: path === undefined ? undefined : { path, maxMegabytes, maxFiles, level: own },
  });
}

/** The same log, with more fields in each line. */
export function withFields(logger: Logger, more: Fields): Logger {
  return {
    ...logger,
    error: (event, fields) => logger.error(event, { ...more, ...fields }),
    warn: (event, fields) => logger.warn(event, { ...more, ...fields }),
    info: (event, fields) => logger.info(event, { ...more, ...fields }),
    debug: (event, fields) => logger.debug(event, { ...more, ...fields }),
  };
}

/** Lays out the lines, and writes them to the stream and to the file, if there is one. */
function openWriter(
  { level, format, secrets, file, stream = process.stderr }: LoggerOptions,
  sink: StderrSink,
  now: () => Date,
): Writer {
  const winston: typeof import('winston') = require('winston');
  const clean = (fields: Fields, stacks = false): Fields => cleanFields(fields, secrets(), stacks);
  const layout = 'isTTY' in stream && stream.isTTY === true ? 'short' : 'full';
  const toLine = format === 'json' ? jsonLine : (entry: Entry) => textLine(entry, layout);
  const lineBy = (to: (entry: Entry) => string, isDebug: boolean) =>
    winston.format((info) => {
      const event = String(clean({ event: info.message })['event']);
      const fields = clean(info['fields'] as Fields, isDebug);
      info[MESSAGE] = to({ time: info['time'] as Date, level: info.level as LogLevel, event, fields });
      return info;
    })();
  const transport = (least: LogLevel, to: (entry: Entry) => string, write: (line: string) => void) =>
    new winston.transports.Stream({
      level: least,
      eol: '\n',
      format: lineBy(to, least === 'debug'),
      stream: new Writable({
        decodeStrings: false,
        write(line: string, _encoding, done) {
          write(line);
          done();
        },
      }),
    });
  const transports = [transport(level, toLine, (line) => sink.write(line))];
  if (file !== undefined) {
    const { path, maxMegabytes, maxFiles } = file;
    const onFailure = (error: unknown): void => {
      const fields = clean({
        file: path,
        error,
        note: 'the log continues here, and the file is tried again',
      });
      sink.write(`${toLine({ time: now(), level: 'error', event: 'log.file_failed', fields })}\n`);
    };
    const target = openLogFile({ path, maxBytes: Math.floor(maxMegabytes * 1_000_000), maxFiles, onFailure });
    transports.push(transport(file.level ?? level, jsonLine, (line) => target.write(line)));
  }
  return winston.createLogger({ level: 'debug', levels: { ...LEVELS }, transports });
}
