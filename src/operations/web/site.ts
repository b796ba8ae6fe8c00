/** What every page is given. */
import type { ServiceControl } from './service-control.ts';
import type { Questions } from './data/ask.ts';
import type { FormTokens } from './security/csrf.ts';

/** The process and its page. */
export interface Site {
  readonly control: ServiceControl;
  readonly questions: Questions;
  readonly tokens: FormTokens;
  now(): Date;
}

/** One request, as far as pages care. */
export interface Visit {
  readonly site: Site;
  /** Parameters after the question mark, the first of each name. */
  query(name: string): string | undefined;
  /** All of one name. */
  queries(name: string): readonly string[];
  /** Part of the path. */
  param(name: string): string;
  /** True where this visitor may run and cancel. */
  readonly mayAct: boolean;
}
