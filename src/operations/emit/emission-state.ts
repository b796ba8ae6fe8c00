/**
 * The state of a destination: one small document, which the destination or the caller keeps and gives back. A
 * position covers rows that were written before it, so a cut-off emission repeats rows and never skips any.
 */
import { z } from 'zod';
import { isPlainObject } from '../../core/plain-object.ts';
import { checkDocument, readJson } from './read-document.ts';

const position = z.string().regex(/^\d{1,19}$/);

const streamState = z.strictObject({
  /** The last change of the change log that was sent. */
  position,
  /** The time of that, by the database's clock, in seconds. */
  at: z.int(),
  /** Since when the log was complete then, in seconds; of an exported table: when it was made, in milliseconds. */
  since: z.int(),
  /** See `shapeOf`. */
  shape: z.string(),
  /** Number of the last emission of all rows. */
  version: z.int(),
  /** The last load of an exported table that was sent. */
  load: position.optional(),
});

const emissionState = z.strictObject({
  /** The database that the positions are of. */
  database: z.string(),
  streams: z.record(z.string(), streamState),
});

/** The state of one stream. */
export type StreamPosition = Readonly<z.output<typeof streamState>>;

/** The state of a destination. */
export interface EmissionState {
  readonly database: string;
  readonly streams: Readonly<Record<string, StreamPosition>>;
}

/**
 * Reads a state as a destination gives it back: `{}`, or the document itself.
 *
 * @param from its file or source, for the message
 * @throws ConfigError where it is no such document.
 */
export function parseState(text: string, from: string): EmissionState | undefined {
  const wording = {
    noJson: `${from} is not JSON.`,
    wrong: `${from} is not a state of emit`,
    advice: 'Use the last state that the destination wrote, or no state to send every row.',
  };
  const value = readJson(text, wording);
  if (isPlainObject(value) && Object.keys(value).length === 0) return undefined;
  return checkDocument(value, emissionState, wording);
}
