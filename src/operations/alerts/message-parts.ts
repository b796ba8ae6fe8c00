/** The parts of a message about alerts. */
import type { AlertKind } from '../../config/receivers.ts';
import type { AlertState } from './book.ts';

/** An alert in a message. */
export interface AlertItem {
  readonly kind: AlertKind | 'test';
  readonly subject: string;
  /** In a second line why, where that is known. */
  readonly detail: string;
  readonly since: Date;
  readonly state: AlertState;
  readonly runId: string | null;
  /** Name of its organization, where the settings have several. */
  readonly organization?: string;
  /** True if a cause of the message reports it. */
  readonly isInCause?: boolean;
}

/** A cause that several organizations have, reported once. */
export interface CauseItem {
  readonly state: AlertState;
  /** A sentence without its end. */
  readonly title: string;
  /** Further words, and the remedy. */
  readonly detail: string;
  readonly since: Date;
  /** Organizations that have it; of one that is over, those that had it. */
  readonly organizations: readonly string[];
  /** Organizations that no longer have it, while others do. */
  readonly recovered: readonly string[];
}

/** A message, cleaned of secrets and of what is no plain text. */
export interface AlertMessage {
  /** Name of the machine that sends it. */
  readonly instance: string;
  /** Host of the API; name of the organization if the settings have several, null if the message is about several. */
  readonly organization: string | null;
  /** Schema of the tables; null if the message is about several organizations. */
  readonly schema: string | null;
  /** Address of the page; ends without a slash. */
  readonly page: string | undefined;
  readonly sentAt: Date;
  readonly alerts: readonly AlertItem[];
  /** Causes that several organizations have, if the settings have several. */
  readonly causes?: readonly CauseItem[];
}

export type Sender = Pick<AlertMessage, 'instance' | 'organization' | 'schema' | 'page'>;

/** Alerts of one cause together. */
export interface Paragraph {
  readonly state: AlertState;
  readonly heading: string;
  readonly text: string;
  /** Page of the run, stream or export; undefined without a page. */
  readonly url: string | undefined;
}
