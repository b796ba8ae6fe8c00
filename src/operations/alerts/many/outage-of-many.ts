/** An outage of the database of many organizations: each receiver gets one message, from memory. */
import type { EventBus } from '../../../core/events/bus.ts';
import type { Courier, Send } from '../deliver.ts';
import { watchOutage } from '../open-alerts.ts';
import { type AlertsMember, channelsOf, messageTo } from './channels.ts';

/** Options of `watchOutageOfMany`. */
export interface OutageOptions {
  readonly members: () => readonly AlertsMember[];
  readonly post: Courier['post'];
  readonly events: EventBus;
  readonly redact: (text: string) => string;
  readonly clock: { now(): number };
}

/** Watches the database of many organizations; nothing is sent yet. */
export function watchOutageOfMany({ members, post, events, redact, clock }: OutageOptions) {
  let current: ReturnType<typeof watchOutage> | undefined;
  const watch = (): ReturnType<typeof watchOutage> => {
    const channels = channelsOf(members());
    const send: Send = (receiver, items, attempt, now) => {
      const own = channels.find((channel) => channel.receiver === receiver)?.members ?? [];
      const organizations = own.map(({ name }) => name);
      const isOfMany = organizations.length > 1;
      const named = items.flatMap((item) =>
        organizations.map((organization) => ({ ...item, organization, isInCause: isOfMany })),
      );
      const causes = items.map(({ state, since, detail }) => ({
        ...{ state, since, organizations, recovered: [] },
        title: "The database can't be reached",
        detail: detail.split('\n')[1] ?? '',
      }));
      return post(receiver, messageTo(own, named, isOfMany ? causes : [], now, redact), attempt);
    };
    return watchOutage({ clock, events, redact, receivers: channels.map(({ receiver }) => receiver) }, send);
  };
  return {
    /** The database could not be reached: to be called after every failed attempt. */
    async begin(error: unknown): Promise<void> {
      // Settings may have other receivers by now.
      if (current === undefined || current.isIdle) current = watch();
      await current.begin(error);
    },
    /** It can be reached. */
    async end(): Promise<void> {
      await current?.end();
    },
    close: (): void => current?.close(),
  };
}
