/** What the declarations of settings are made of. */
import { z } from 'zod';

/** What a setting says about itself beside its kind and default; `x-` keys are ours and harmless in JSON Schema. */
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

/** How a settings file takes a value from the environment. */
export const variable = (name: string): string => `\${${name}}`;

/** Text that is not empty, without the white space around it. */
export const text = z.string().trim().min(1);
