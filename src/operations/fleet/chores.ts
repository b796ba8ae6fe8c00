/** Chores of many organizations: the views over all of them, which planners make, and the housekeeping of each, which is a job. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { PgBoss } from 'pg-boss';
import type { FleetConfig } from '../../config/fleet.ts';
import { describeError } from '../../core/errors.ts';
import { type Fleet, type Member, openFleet } from '../../fleet/open-fleet.ts';
import { isMigrated } from '../../state/read/status.ts';
import { shareOf } from '../service/timetable.ts';
import { keepHouse } from '../upkeep/housekeeping.ts';
import {
  BEAT_SECONDS,
  FLEET_QUEUE,
  type FleetChore,
  HOUSEKEEPING,
  type JobData,
  PRIORITY,
  QUEUE,
  sendOptions,
} from './queue.ts';

/** The day of the chores begins at midnight, UTC. */
const DAILY = '0 0 * * *';
const DAY_SECONDS = 86_400;
/** Interval of looking for chores, in seconds. */
const POLL_SECONDS = 5;
/** Views are made so many seconds after somebody asked for them: first loads that end meanwhile come into the same look. */
const VIEWS_SECONDS = 10;
/** A look at the views is followed by a rest of so many times its length, so that many first loads cost the server little. */
const RESTS = 4;

/** Asks the planners to make the views. While another one waits for that, this is part of it. @throws the driver's error */
export async function askForViews(boss: Pick<PgBoss, 'send'>, afterSeconds = VIEWS_SECONDS): Promise<void> {
  const chore: FleetChore = { chore: 'views' };
  await boss.send(FLEET_QUEUE, chore, { singletonKey: chore.chore, startAfter: afterSeconds });
}

/** Asks for the views where they lack something of an organization. A failure leaves that to its next run. */
export async function keepViews(fleet: Pick<Fleet, 'areInViews'>, boss: Pick<PgBoss, 'send'>): Promise<void> {
  try {
    if (!(await fleet.areInViews())) await askForViews(boss);
  } catch {
    // Without a database the job fails, too, and says why.
  }
}

/** Dependencies of the chores of a planner. */
export interface ChoreOptions {
  readonly boss: PgBoss;
  readonly config: () => FleetConfig;
  /** Aborts when the process is to end. */
  readonly signal: AbortSignal;
  readonly onFailure: (chore: FleetChore['chore'], error: string) => void;
}

/** Does the chores of all organizations together until the queue is stopped. @throws the driver's error */
export async function takeChores({ boss, config, signal, onFailure }: ChoreOptions): Promise<void> {
  const daily: FleetChore = { chore: 'housekeeping' };
  await boss.schedule(FLEET_QUEUE, DAILY, daily, {
    ...{ key: daily.chore, singletonKey: daily.chore, tz: 'UTC', missed: 'once' },
  });
  const settings = { pollingIntervalSeconds: POLL_SECONDS, heartbeatRefreshSeconds: BEAT_SECONDS };
  await boss.work<FleetChore>(FLEET_QUEUE, settings, async ([job]) => {
    if (job === undefined) return;
    const fleet = openFleet({ config: config(), signal });
    try {
      if (job.data.chore === 'views') await makeViews(fleet, AbortSignal.any([signal, job.signal]));
      else await sendHousekeeping(boss, fleet.members);
    } catch (error) {
      const text = fleet.redact(describeError(error));
      onFailure(job.data.chore, text);
      throw new Error(text);
    } finally {
      await fleet.close();
    }
  });
}

/** @throws Error with the first view that could not be made */
async function makeViews(fleet: Fleet, signal: AbortSignal): Promise<void> {
  const started = performance.now();
  const { made, failed } = await fleet.refreshViews();
  const [first] = failed;
  if (first !== undefined) throw new Error(`The view ${first.view} could not be made: ${first.error}`);
  if (made.length > 0)
    await sleep(RESTS * (performance.now() - started), undefined, { signal }).catch(() => undefined);
}

/** Sends a job for the housekeeping of each organization, spread over the day. @throws the driver's error */
export async function sendHousekeeping(
  boss: Pick<PgBoss, 'insert'>,
  members: readonly Pick<Member, 'name'>[],
): Promise<void> {
  const jobs = members.map(({ name: organization }) => {
    const data: JobData = { organization, job: HOUSEKEEPING };
    const startAfter = Math.floor(shareOf(`${organization} ${HOUSEKEEPING}`) * DAY_SECONDS);
    return { data, ...sendOptions(data, PRIORITY.chore), startAfter };
  });
  await boss.insert(QUEUE, jobs);
}

/** The housekeeping of one organization, as `start` does it for that one alone. @throws DatabaseError */
export async function keepHouseOf({ app, sync }: Member): Promise<void> {
  const database = await sync.database();
  // Of one that was never loaded there is nothing to clear up.
  if (!(await isMigrated(database, app.schemas))) return;
  await keepHouse(app, database);
}
