/** The log: one event, one line, on standard error. Secrets are replaced here, so that no call site can forget. */
import { Writable } from 'node:stream';
import winston from 'winston';
import type { LogFormat, LogLevel } from '../config/schema.ts';
import { cleanFields, type Fields, jsonLine, textLine } from './line.ts';
import { sinkOf } from './stderr-sink.ts';

/** Options of `createLogger`. */
export interface LoggerOptions {
  /** Least severe level that is written. */
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Asked for every line, because a token or a database password may become known later. */
  readonly secrets: () => readonly string[];
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

const LEVELS: Readonly<Record<LogLevel, number>> = { error: 0, warn: 1, info: 2, debug: 3 };
/** Where winston's transports look for the finished line. */
const MESSAGE = Symbol.for('message');

/**
 * @example
 * const logger = createLogger({ ...config.log, secrets: () => secrets(config) });
 * logger.info('run.started', { streams: 12 });
 */
export function createLogger(options: LoggerOptions): Logger {
  const { level, format, secrets, stream = process.stderr, now = () => new Date() } = options;
  const sink = sinkOf(stream);
  const toLine = format === 'json' ? jsonLine : textLine;
  const finish = winston.format((info) => {
    const known = secrets();
    const event = cleanFields({ event: info.message }, known, false)['event'];
    const fields = cleanFields(info['fields'] as Fields, known, level === 'debug');
    info[MESSAGE] = toLine({ time: now(), level: info.level as LogLevel, event: String(event), fields });
    return info;
  });
  const target = new Writable({
    decodeStrings: false,
    write(line: string, _encoding, done) {
      sink.write(line);
      done();
    },
  });
  const logger = winston.createLogger({
    level,
    levels: { ...LEVELS },
    format: finish(),
    transports: [new winston.transports.Stream({ stream: target, eol: '\n' })],
  });
  const at =
    (severity: LogLevel) =>
    (event: string, fields: Fields = {}): void => {
      // Fields stay in one property: winston would glue a field named `message` to the event.
      if (LEVELS[severity] <= LEVELS[level]) logger.log({ level: severity, message: event, fields });
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
