/** Why streams and exports are not as they should be: each cause once, with all that waits for it. Pure. */

import type { Outage } from '../../../../state/read/outage.ts';
import { essence } from '../../../alerts/essence.ts';
import type { AlertRow } from '../../data/read-alerts.ts';
import type { Freshness } from '../../view/tone.ts';
import type { Subject } from './subject.ts';

/** A cause. */
export interface Cause {
  /** The cause, in a sentence without its end. */
  readonly title: string;
  /** Further words on it, and the remedy; empty if there is nothing to add. */
  readonly detail: string;
  readonly tone: 'bad' | 'warn';
  /** Undefined where it is not known. */
  readonly since: Date | undefined;
  readonly runId: string | null;
  /** Streams and exports that wait for it. */
  readonly behind: readonly Subject[];
  /** The next try of a schedule; undefined if that is not known. */
  readonly retryAt: Date | undefined;
  /** The kind of an alert that no stream explains. */
  readonly alert?: string;
}

/** Input of the search for causes. */
export interface Findings {
  readonly subjects: readonly Subject[];
  readonly alerts: readonly AlertRow[];
  readonly outage: Outage | undefined;
  /** The next run of a schedule. */
  readonly nextRun: Date | undefined;
}

/** The first sentence of an error, and the rest. */
export function sentences(error: string): { readonly first: string; readonly rest: string } {
  // The failure of the first partition is the cause.
  const told = error.replace(/^\d+ of \d+ partitions? failed[^;]*;.*?(?: the first: |The first error: )/, '');
  // Not within an address or a number: the next sentence begins with a capital or in brackets.
  const [, first = told, rest = ''] = /^(.+?)[.!]\s+((?=[\p{Lu}("'“]).*)$/su.exec(told) ?? [];
  return { first: first.replace(/[.\s]+$/, ''), rest };
}

/** Causes, those with the most effects first. Their effects are not listed again. */
export function causesOf({ subjects, alerts, outage, nextRun }: Findings): Cause[] {
  const causes: Cause[] = [];
  const explained = new Set<string>();
  const add = (cause: Cause): void => {
    causes.push(cause);
    for (const { name } of cause.behind) explained.add(name);
  };
  if (outage !== undefined) add(ofOutage(outage, subjects, nextRun));
  const rest = subjects.filter(({ name }) => !explained.has(name));
  const failed = rest.filter(
    ({ freshness, error }) => freshness === 'failed' || (freshness === 'stale' && error !== null),
  );
  const groups = [...Map.groupBy(failed, ({ error }) => essence(error ?? '')).values()];
  for (const behind of groups.toSorted((a, b) => b.length - a.length)) add(ofFailure(behind, nextRun));
  for (const one of rest.filter(({ name, partitionsFailed }) => partitionsFailed > 0 && !explained.has(name)))
    add(ofPartitions(one, nextRun));
  const late = rest.filter(({ name, freshness }) => freshness === 'stale' && !explained.has(name));
  if (late.length > 0) add(ofLateness(late, nextRun));
  for (const alert of alerts) {
    if (!isTold(alert, causes, explained)) causes.push(ofAlert(alert));
  }
  return causes;
}

/** True where a cause says what the alert does: of its stream, or of the runs that the streams failed in. */
function isTold(
  { kind, subject }: AlertRow,
  causes: readonly Cause[],
  explained: ReadonlySet<string>,
): boolean {
  if (kind !== 'failure' && kind !== 'staleness') return false;
  if (explained.has(subject.replace(/^stream /, ''))) return true;
  return (
    /^(schedule|runs?|sync)\b/.test(subject) &&
    causes.some(({ tone, behind }) => tone === 'bad' && behind.length > 0)
  );
}

const WAITS: readonly Freshness[] = ['fresh', 'stale', 'failed', 'never'];

function ofOutage(outage: Outage, subjects: readonly Subject[], nextRun: Date | undefined): Cause {
  const { first, rest } = sentences(outage.error);
  return {
    ...{ title: first, detail: rest, tone: 'bad', since: outage.since, runId: outage.runId },
    behind: subjects.filter(
      ({ name, freshness }) => !name.startsWith('export ') && WAITS.includes(freshness),
    ),
    retryAt: outage.retryAt ?? nextRun,
  };
}

function ofFailure(behind: readonly Subject[], nextRun: Date | undefined): Cause {
  const [one] = behind;
  const { first, rest } = sentences(one?.error ?? 'The run failed without an error message');
  return {
    ...{ title: first, detail: rest, tone: 'bad', runId: one?.runId ?? null, behind, retryAt: nextRun },
    since: earliest(behind.map(({ lastAttemptAt }) => lastAttemptAt)),
  };
}

function ofPartitions(one: Subject, nextRun: Date | undefined): Cause {
  const { partitionsFailed, lastAttemptAt, runId } = one;
  const { first, rest } = sentences(one.error ?? '');
  const many = partitionsFailed === 1 ? '1 partition' : `${partitionsFailed} partitions`;
  return {
    title: `${many} of ${one.name} could not be read`,
    detail: [first, rest].filter((part) => part !== '').join('. ') || 'The next run retries them.',
    ...{ tone: 'warn', since: lastAttemptAt ?? undefined, runId, behind: [one], retryAt: nextRun },
  };
}

function ofLateness(behind: readonly Subject[], nextRun: Date | undefined): Cause {
  return {
    title: 'No run completed in time',
    detail: 'Nothing failed. The schedule is too rare for their targets, or the process was down.',
    ...{ tone: 'warn', runId: null, behind, retryAt: nextRun },
    since: earliest(behind.map(({ lastSuccessAt }) => lastSuccessAt)),
  };
}

function ofAlert({ kind, subject, detail, runId, raisedAt }: AlertRow): Cause {
  const { first, rest } = sentences(detail);
  return {
    ...{ title: `${subject}: ${first}`, detail: rest, tone: 'warn', since: raisedAt },
    ...{ runId, behind: [], retryAt: undefined, alert: kind },
  };
}

function earliest(times: readonly (Date | null)[]): Date | undefined {
  const known = times.flatMap((time) => time ?? []);
  return known.length === 0 ? undefined : new Date(Math.min(...known.map((time) => time.getTime())));
}
