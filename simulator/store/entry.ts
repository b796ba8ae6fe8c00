/** Entries as the API gives them, and what most of them have: who made and changed an object, and when. */
import type { Identified } from './ordered.ts';
import type { Random } from './random.ts';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
/** Simulated time starts here by default; nothing depends on the wall clock. */
export const EPOCH = Date.UTC(2026, 0, 1);

/** An entry as the API gives it. */
export type Entry = Record<string, unknown>;

/** Creator and last editor of an object, with times in milliseconds since 1970. */
export interface Stamps {
  createdBy: string;
  updatedBy: string;
  createdAt: number;
  updatedAt: number;
}

/** An object with a place in listings, an id and stamps. */
export type Stamped = Identified & Stamps;

/** An instant as the API writes it. */
export const iso = (ms: number): string => new Date(ms).toISOString();

/** The four fields of authorship that most entries have. */
export function stamps({ createdBy, updatedBy, createdAt, updatedAt }: Stamps): Entry {
  return { createdBy, updatedBy, createdAt: iso(createdAt), updatedAt: iso(updatedAt) };
}

/** Made in the first 200 days of simulated time and changed within 60 days. */
export function stampsBy(random: Random, by: string): Stamps {
  const createdAt = EPOCH + random.below(200 * DAY);
  return { createdBy: by, updatedBy: by, createdAt, updatedAt: createdAt + random.below(60 * DAY) };
}
