/**
 * Decides whether a stream is available. Credentials may not read every endpoint, and plans lack some. A stream that
 * was never read and that answers nothing but refusals is unavailable, which fails nothing.
 */
import type { Stream } from '../extractors/stream.ts';
import type { Unit } from '../extractors/unit.ts';
import { means, statusOf } from '../sigma/status.ts';
import { feedersOf } from './due-sql.ts';
import type { UnitOutcome } from './run-unit.ts';

/** So many refusals, and no answer among them, are enough: no other unit is asked meanwhile. */
const CONCLUSIVE = 10;

type Failed = Extract<UnitOutcome, { kind: 'failed' }>;

/** A refusal that is held back until it is known whether it is the stream's or the unit's. */
export interface Held {
  readonly unit: Unit;
  readonly outcome: Failed;
}

/** Judges the first outcomes of a stream. */
export class Availability {
  /** False once the stream gave something, or did so in an earlier run. */
  #inQuestion: boolean;
  #held: Held[] = [];

  constructor(wasNeverRead: boolean) {
    this.#inQuestion = wasNeverRead;
  }

  /** True while nothing of it was ever given. */
  get isInQuestion(): boolean {
    return this.#inQuestion;
  }

  /** True once enough was refused: further units need not be asked, unless one under way is answered after all. */
  get isRefused(): boolean {
    return this.#inQuestion && this.#held.length >= CONCLUSIVE;
  }

  /** Why the stream is unavailable, at its end; undefined where it is not. */
  get reason(): string | undefined {
    return this.#inQuestion ? this.#held[0]?.outcome.message : undefined;
  }

  /** Takes an outcome; gives the failures that are the units' own after all. */
  judge(unit: Unit, outcome: UnitOutcome): readonly Held[] {
    if (outcome.kind === 'skipped') return [];
    if (outcome.kind === 'failed') {
      const held = { unit, outcome };
      if (!this.#inQuestion || !means(statusOf(outcome.error), 'not for us')) return [held];
      this.#held.push(held);
      return [];
    }
    this.#inQuestion = false;
    const released = this.#held;
    this.#held = [];
    return released;
  }
}

/** Streams that are not to be had. */
export type Missing = Pick<ReadonlySet<string>, 'has'>;

/** True where every way to plan the stream goes through a parent that is missing, or its partitions wait for one. */
export function isCutOff(stream: Stream, missing: Missing): boolean {
  if (stream.partitions === undefined) return false;
  if (feedersOf(stream).some((feeder) => missing.has(feeder))) return true;
  return stream.partitions.every((kinds) => {
    const others = kinds.filter(({ parent }) => parent !== stream.name);
    return others.length > 0 && others.every(({ parent }) => missing.has(parent));
  });
}
