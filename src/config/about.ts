/** Building blocks for the declarations of settings. */
import { validate as isCron } from 'node-cron';
import { z } from 'zod';

/** Facts about a setting besides its kind and default; `x-` keys are ours and harmless in JSON Schema. */
export interface About {
  /** Help text: one or two sentences. */
  readonly description: string;
  /** Environment variable that overrides the file. */
  readonly 'x-env'?: string;
  /** Its value never appears in a message. */
  readonly 'x-secret'?: true;
  /** "must be …" in error messages, where kind and limits don't say it. */
  readonly 'x-wanted'?: string;
  readonly examples?: unknown[];
}

/** Gives a setting its help. */
export const about = <T extends z.ZodType>(schema: T, meta: About): T => schema.meta({ ...meta });

/** An address that pages and messages show. Nobody who writes credentials into it would expect that. */
export const openAddress = z.url({ protocol: /^https?$/ }).refine((address) => !address.includes('@'));

/** The notation for a value from the environment in a settings file. */
export const variable = (name: string): string => `\${${name}}`;

/** Text that is not empty, without the white space around it. */
export const text = z.string().trim().min(1);

/** A secret that a variable of the environment may hold, too. */
export const secret = (env: string, description: string) =>
  about(text.optional(), { description, 'x-env': env, 'x-secret': true, examples: [variable(env)] });

/** The file of a secret. @param what the secret in words; @param key the setting that the file stands in for */
export const secretFile = (env: string, what: string, key: string) =>
  about(text.optional(), {
    description: `File that holds ${what}. Instead of ${key}.`,
    'x-env': `${env}_FILE`,
    examples: [`/run/secrets/${env.toLowerCase()}`],
  });

/** Names of streams, none by default. */
export const streamNames = (description: string, example: string) =>
  about(z.array(text).default([]), {
    description,
    'x-wanted': 'a list of stream names',
    examples: [[example]],
  });

/** A cron expression of five fields, or six with seconds. */
export const cron = z.string().trim().refine(isCron);

/** Help text of every cron expression. */
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
