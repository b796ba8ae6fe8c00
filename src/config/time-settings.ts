/** Kinds of settings that speak of time. */
import { validate as isCron } from 'node-cron';
import { z } from 'zod';
import { about } from './about.ts';

/** A cron expression of five fields, or six with seconds. */
export const cron = z.string().trim().refine(isCron);

/** Help of every cron expression. */
export const CRON = {
  'x-wanted': 'a cron expression such as "15 2 * * *"',
  examples: ['15 2 * * *'],
};

/** An IANA time zone, by default UTC. */
export const timeZone = (description: string) =>
  about(z.string().trim().refine(isTimeZone).default('UTC'), {
    description,
    'x-wanted': 'a time zone such as UTC or Europe/London',
  });

function isTimeZone(value: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
