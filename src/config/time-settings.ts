/** Kinds of settings that speak of time. */
import { validate as isCron } from 'node-cron';
import { z } from 'zod';

/** A cron expression of five fields, or six with seconds. */
export const cron = z.string().trim().refine(isCron);

/** An IANA time zone. */
export const timeZone = z.string().trim().refine(isTimeZone);

function isTimeZone(value: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
