/** The content of the digest: the document that `--format json` prints, and that the other formats are made from. */

/** A number of things and the first of them. */
export interface Top<T> {
  readonly count: number;
  readonly top: readonly T[];
}

/** A document, a member, a stream: whatever there is to say something of. */
export interface Thing {
  readonly id: string;
  /** Null where it is not known or hidden. */
  readonly name: string | null;
  /** Address in the browser, where there is one. */
  readonly url: string | null;
  /** Detail in a few words; may be empty. */
  readonly detail: string;
}

/** A stream that grows. */
export interface Growth {
  readonly stream: string;
  readonly total: number;
  /** Number of additions and removals within the time of the digest. */
  readonly added: number;
  readonly removed: number;
  /** Number at the end of each day (UTC), as far back as the change log goes. */
  readonly days: readonly { readonly day: string; readonly total: number }[];
}

/** A change of grants and teams. */
export type AccessChange = 'given' | 'changed' | 'takenAway' | 'joined' | 'left' | 'teamDeleted';

/** The digest. Times are ISO 8601 in UTC. */
export interface Report {
  /** Grows where a field is taken out or comes to mean something else. */
  readonly version: 1;
  readonly from: string;
  readonly to: string;
  /** Since when the change log is complete; later than `from` where it does not go back so far, null where there is none. */
  readonly historySince: string | null;
  /** Streams that were read and are not in the change log: what changed in them is not known. */
  readonly unlogged: readonly string[];
  /** Facts that privacy settings hide, in words; absent if they hide none. */
  readonly limits?: readonly string[];
  /** Freshness of the data below. */
  readonly sync: {
    /** End of the last complete sync, or null. */
    readonly lastComplete: string | null;
    /** Last refresh of answers, which happens if something changed. */
    readonly answersAt: string | null;
    /** Syncs that began in the time of the digest, and how many of them failed or were cut off. */
    readonly runs: number;
    readonly failedRuns: number;
    /** Streams that are older than the settings allow, or did not end complete. */
    readonly behind: Top<Thing>;
  };
  readonly growth: readonly Growth[];
  readonly newWorkbooks: Top<Thing>;
  /** Deleted or archived, and still so. */
  readonly removedWorkbooks: Top<Thing>;
  readonly newReports: Top<Thing>;
  readonly removedReports: Top<Thing>;
  readonly newMembers: Top<Thing>;
  /** Deactivated or deleted, and still so. */
  readonly removedMembers: Top<Thing>;
  /** Changes of access: how many of each kind, and the latest. */
  readonly access: Readonly<Record<AccessChange, number>> & { readonly latest: Top<Thing> };
  /** Workbooks and reports opened since `from`, by how many members. */
  readonly mostOpened: Top<Thing>;
  /** Workbooks and reports that nobody opens and nobody changes. */
  readonly stale: Top<Thing>;
  readonly orphaned: Top<Thing>;
  readonly broken: Top<Thing>;
  /** Workbooks and reports that have copies, each by the copy that is used most. */
  readonly duplicates: Top<Thing>;
  readonly exposure: {
    readonly everyone: Top<Thing>;
    readonly external: Top<Thing>;
    readonly publicEmbeds: Top<Thing>;
  };
  readonly licences: {
    readonly inUse: number;
    readonly couldStepDown: Top<Thing>;
    readonly neverSeen: Top<Thing>;
    readonly idle: Top<Thing>;
  };
  readonly schedules: {
    readonly runsPerWeek: number;
    /** Runs by day of the week (Monday first) and hour, in UTC. */
    readonly byHour: readonly (readonly number[])[];
    readonly failures: Top<Thing>;
  };
}
