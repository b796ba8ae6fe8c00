/** The causes of alerts of many organizations: which alerts have one cause. Pure. */
import { serverFailureIn } from '../../../core/database/database-error.ts';
import type { OpenAlert } from '../condition.ts';
import { essence } from '../essence.ts';

/** A cause of alerts. */
export interface Cause {
  /** Equal if alerts of several organizations have one cause. */
  readonly key: string;
  /** The cause, as a sentence without its end. */
  readonly title: string;
  /** The remedy, if the errors do not say it. */
  readonly advice: string;
  /**
   * `lasting`: one cause for as long as any organization has it. `moment`: errors that are the same have one cause only if
   * they come at one time. `own`: a matter of one organization.
   */
  readonly reach: 'lasting' | 'moment' | 'own';
}

/** An alert, and the API of its organization. */
export interface Caused extends Pick<OpenAlert, 'alertId' | 'key' | 'kind' | 'subject' | 'detail'> {
  readonly organization: string;
  /** Host of the API; undefined where the settings have none. */
  readonly host: string | undefined;
}

/** Sigma, or the way to it, is the cause. */
const NO_ANSWER = /No usable answer from (\S+): |The API stopped answering/;
const OWN_ERROR = /Sigma answered 5\d\d\b/;
const REFUSED = /Sigma refused the client credentials|Sigma did not accept the token/;
/** An error ended whole runs, and not single streams; see `outageFact`. */
const WHOLE = /^Nothing has synced since /;
const NO_RUN = 'No run has tried since.';

/** The cause of an alert. */
export function causeOf(alert: Caused): Cause {
  const { kind, subject, detail, host = 'the API' } = alert;
  const [fact = '', reason = ''] = detail.split('\n');
  const server = serverFailureIn(reason);
  if (kind === 'drift')
    return { ...moment(`drift ${alert.key}`), title: `${subject} changed its shape: ${sentence(fact)}` };
  if (kind !== 'failure' && kind !== 'staleness') return own(alert);
  if (server !== undefined) return { key: 'database', title: server, advice: '', reach: 'lasting' };
  if (REFUSED.test(reason)) return { ...moment('credentials'), title: 'Sigma refuses the credentials' };
  const noAnswer = NO_ANSWER.exec(reason);
  if (noAnswer !== null || (WHOLE.test(fact) && OWN_ERROR.test(reason))) {
    // The settings may have another address by now.
    const there = noAnswer?.[1] ?? host;
    return { key: `api ${there}`, title: `Sigma does not answer at ${there}`, advice: '', reach: 'lasting' };
  }
  // Single streams may get an error for ever: that must not hide an outage.
  if (OWN_ERROR.test(reason)) return { ...moment(`errors ${host}`), title: `Sigma has errors at ${host}` };
  if (reason === NO_RUN)
    return {
      ...{ key: 'no runs', title: 'No run has tried for too long', reach: 'lasting' },
      advice: 'Check that planners and workers run, and that jobs do not wait too long (docs/fleet.md).',
    };
  if (reason === '') return own(alert);
  return { ...moment(`${kind} ${essence(reason)}`), title: sentence(reason) };
}

const moment = (key: string): Omit<Cause, 'title'> => ({ key, advice: '', reach: 'moment' });

function own({ organization, alertId, subject }: Caused): Cause {
  return { key: `own ${organization} ${alertId}`, title: subject, advice: '', reach: 'own' };
}

/** The first sentence of a text, without its end. */
function sentence(text: string): string {
  const [, first = text] = /^(.+?)[.!](?:\s|$)/s.exec(text) ?? [];
  return first.replace(/[.\s]+$/, '');
}
