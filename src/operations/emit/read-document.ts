/** Documents that other tools hand to an emission: states and catalogs. */
import type { z } from 'zod';
import { ConfigError } from '../../core/errors.ts';

/** Words for the errors of a document. */
export interface DocumentWording {
  /** Said of a text that is no JSON. */
  readonly noJson: string;
  /** Begins what is said of JSON of another form; the place and the reason follow. */
  readonly wrong: string;
  readonly advice: string;
}

/** @throws ConfigError where it is no JSON. */
export function readJson(text: string, { noJson, advice }: DocumentWording): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ConfigError(noJson, { advice });
  }
}

/** @throws ConfigError that names the first place that is wrong. */
export function checkDocument<T>(
  value: unknown,
  schema: z.ZodType<T>,
  { wrong, advice }: DocumentWording,
): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new ConfigError(
    `${wrong}: ${issue?.path.join('.') || 'the document'}: ${issue?.message ?? 'wrong'}.`,
    { advice },
  );
}
