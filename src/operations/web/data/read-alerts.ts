/** Alerts and their deliveries. */
import { quoteTable, type Session } from '../../../core/database/database.ts';
import type { Schemas } from '../../../state/schemas.ts';
import type { OpenAlert } from '../../alerts/condition.ts';
import { type Counted, type Part, TOTAL } from './counted.ts';

/** Something that matters, or mattered. */
export interface AlertRow extends Record<string, unknown>, Omit<OpenAlert, 'key'> {
  readonly settledAt: Date | null;
  readonly messages: readonly AlertMessage[];
}

/** The message about it to a receiver. Times are ISO 8601. */
export interface AlertMessage {
  readonly receiver: string;
  readonly toldAt: string | null;
  readonly recoveryToldAt: string | null;
  readonly attempts: number;
  readonly error: string | null;
}

/** Conditions and orders. */
const WHICH = {
  open: ['settled_at is null', 'raised_at desc, alert_id desc'],
  settled: ['settled_at is not null', 'settled_at desc, alert_id desc'],
  all: ['true', 'settled_at is not null, coalesce(settled_at, raised_at) desc, alert_id desc'],
} as const;

/** Open alerts, or the latest settled ones; or all, the open ones first. */
export async function alertRows(
  session: Session,
  { state }: Schemas,
  which: keyof typeof WHICH,
  { limit, offset }: Part,
): Promise<Counted<AlertRow>[]> {
  const [where, order] = WHICH[which];
  return session.query<Counted<AlertRow>>(
    `select a.alert_id::text as "alertId", a.kind, a.subject, a.detail, a.run_id as "runId", a.raised_at as "raisedAt",
            a.last_seen_at as "lastSeenAt", a.settled_at as "settledAt", coalesce(m.list, '[]') as messages, a.total
       from (select *, ${TOTAL} from ${quoteTable(state, 'alerts')} where ${where}
              order by ${order} limit $1 offset $2) a
       left join lateral (
         select json_agg(json_build_object('receiver', receiver, 'toldAt', told_at, 'recoveryToldAt', recovery_told_at,
                         'attempts', attempts, 'error', error) order by receiver) as list
           from ${quoteTable(state, 'alert_messages')} where alert_id = a.alert_id) m on true
      order by ${order}`,
    [limit, offset],
  );
}
