/** Receivers of an alert, in a cell of a table. */
import type { ListedAlert } from '../../../operations/alerts/book.ts';

/** The receivers that got the alert, or are still to get it. */
export function notified({ receivers }: Pick<ListedAlert, 'receivers'>): string {
  if (receivers.length === 0) return '-';
  return receivers
    .map(({ receiver, toldAt, error }) =>
      error === null ? `${receiver}${toldAt === null ? ' (not yet)' : ''}` : `${receiver} (failing)`,
    )
    .join(', ');
}
