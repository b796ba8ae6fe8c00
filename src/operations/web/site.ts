/** The context of every page. */
import type { TestResult } from '../alerts/test-message.ts';
import type { Questions } from './data/ask.ts';
import type { FormTokens } from './security/csrf.ts';
import type { ServiceControl } from './service-control.ts';

/** An entry of a navigation. */
export type Place = readonly [path: string, title: string];

/** The process and its page. */
export interface Site {
  /** Path that it stands under, such as `/o/acme`; empty at the root. */
  readonly base: string;
  /** Its organization, if it is one of several. */
  readonly organization: string | undefined;
  /** Entries of the head of its pages; without any, the site has no search either. */
  readonly places: readonly Place[];
  readonly control: ServiceControl;
  readonly questions: Questions;
  readonly tokens: FormTokens;
  /** The last test of each receiver of alerts. */
  readonly tests: Map<string, TestResult & { readonly at: Date }>;
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
  /** True where this visitor may act. */
  readonly mayAct: boolean;
  /** Why not; undefined where they may. */
  readonly whyNot: string | undefined;
}
