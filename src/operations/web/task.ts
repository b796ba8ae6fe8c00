/** Tasks that an operator may request once, beside the schedules. */

/** Actions of the page's forms. */
export const ACTIONS = ['run', 'cancel', 'sync', 'accept', 'export', 'refresh', 'test'] as const;

export type ActionName = (typeof ACTIONS)[number];

/** Something to be done once. */
export type Task =
  | {
      readonly kind: 'sync';
      readonly stream: string;
      /** Marks as deleted what Sigma does not list any more, even where the deletion guard objects. */
      readonly acceptsDeletions: boolean;
    }
  | {
      readonly kind: 'export';
      readonly export: string;
      /** This range instead of what is new. */
      readonly from: Date | undefined;
      readonly to: Date | undefined;
    }
  | { readonly kind: 'refresh' };

/** The outcome of a task. */
export interface EndedTask {
  readonly name: string;
  /** Status of its run; `blocked` if another run was in its way. */
  readonly status: string;
  readonly runId: string | undefined;
  /** Why it did not end well. It may hold secrets. */
  readonly error: string | undefined;
  readonly finishedAt: Date;
}

/** Its name, which no schedule has: one of a name is done at a time. */
export function taskName(task: Task): string {
  switch (task.kind) {
    case 'sync':
      return `${task.acceptsDeletions ? 'accept deletions of' : 'sync'} ${task.stream}, by hand`;
    case 'export':
      return `export ${task.export}, by hand`;
    case 'refresh':
      return 'refresh of the answers';
  }
}
