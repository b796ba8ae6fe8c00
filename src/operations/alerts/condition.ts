/** Compares the conditions now with the open alerts. Pure. */
import type { AlertKind } from '../../config/receivers.ts';

/** Something that is wrong. */
export interface Condition {
  /** There is one open alert of a key at a time. */
  readonly key: string;
  readonly kind: AlertKind;
  /** `schedule nightly`, `stream grants`, `export orders`, `runs of sync`. */
  readonly subject: string;
  /** The condition in words; a second line gives the cause, if that is known. */
  readonly detail: string;
  readonly runId: string | undefined;
  /** The time it was seen, if that was not now. */
  readonly seenAt?: Date;
}

/** All conditions known at one time. */
export interface Findings {
  readonly conditions: readonly Condition[];
  /** Keys of which nothing can be said yet, because a run is under way or was cut off: they stay as they are. */
  readonly held: ReadonlySet<string>;
}

export interface OpenAlert extends Pick<Condition, 'key' | 'kind' | 'subject' | 'detail'> {
  readonly alertId: string;
  readonly runId: string | null;
  readonly raisedAt: Date;
  readonly lastSeenAt: Date;
}

/** Changes to make to the alerts. */
export interface Changes {
  readonly raise: readonly Condition[];
  readonly still: readonly { readonly alert: OpenAlert; readonly condition: Condition }[];
  readonly settle: readonly OpenAlert[];
}

const DAY = 24 * 3_600_000;

/**
 * Drift is seen when an entry is read, and most entries are only read when they change: a night without it says
 * nothing. After this time it is forgotten, and would be news again.
 */
export const DRIFT_MEMORY_MS = 35 * DAY;

/** Compares the conditions with the open alerts. The first of two conditions with one key counts. */
export function diff(open: readonly OpenAlert[], { conditions, held }: Findings, now: Date): Changes {
  const wrong = new Map<string, Condition>();
  for (const condition of conditions) if (!wrong.has(condition.key)) wrong.set(condition.key, condition);
  const known = new Set(open.map(({ key }) => key));
  const isOver = ({ key, kind, lastSeenAt }: OpenAlert): boolean => {
    if (wrong.has(key) || held.has(key)) return false;
    return kind !== 'drift' || now.getTime() - lastSeenAt.getTime() > DRIFT_MEMORY_MS;
  };
  return {
    raise: [...wrong.values()].filter(({ key }) => !known.has(key)),
    still: open.flatMap((alert) => {
      const condition = wrong.get(alert.key);
      return condition === undefined ? [] : [{ alert, condition }];
    }),
    settle: open.filter(isOver),
  };
}
