/** The changes of all streams: drawn by chance, or made by name as the control interface asks for them. */
import { z } from 'zod';
import { STREAMS, streamOf, type TruthStream } from './catalogue.ts';
import type { Store } from './store/store.ts';
import type { Mutation } from './streams/mutation.ts';

/** One mutation that was made: its name and the id it changed. */
export interface MutationRecord {
  readonly op: string;
  readonly id: string;
}

/** Share of the changes that are of people and content. */
const CORE_SHARE = 0.6;

/** Streams of people and content. Their order, and that of `MORE`, decides which changes a seed draws. */
const CORE: readonly TruthStream[] = [
  ...(['workbooks', 'members', 'teams', 'team_members', 'grants', 'workspaces', 'files'] as const),
];

/** The first of all others; those that are not named come after them. */
const MORE: readonly TruthStream[] = [
  ...(['workbook_schedules', 'workbook_materialization_schedules', 'workbook_bookmarks'] as const),
  ...(['workbook_embeds', 'workbook_tags', 'member_recent_files', 'member_favorites'] as const),
  ...(['data_models', 'data_model_tags', 'data_model_materialization_schedules', 'datasets'] as const),
  ...(['dataset_materializations', 'connections', 'connection_paths', 'connection_grants'] as const),
  ...(['connection_path_grants', 'tags', 'templates', 'translations', 'user_attributes'] as const),
  ...(['account_types', 'tenants', 'allowed_ips'] as const),
];

type Named = readonly [name: string, mutation: Mutation];

function mutationsOf(streams: readonly TruthStream[]): Named[] {
  return streams.flatMap((stream) => Object.entries(streamOf(stream).mutations ?? {}));
}

const ordered = [...CORE, ...MORE];
const core = mutationsOf(CORE);
const more = mutationsOf([...MORE, ...STREAMS.filter((name) => !ordered.includes(name))]);

const OF_REPORTS = new Set(
  mutationsOf(STREAMS.filter((name) => name.startsWith('report'))).map(([name]) => name),
);

/** Every mutation by its name. */
export const MUTATIONS: ReadonlyMap<string, Mutation> = new Map([...core, ...more]);

/** Each as often as it is likely. */
const drawn = (all: readonly Named[]): Named[] =>
  all.flatMap((one) => Array.from({ length: one[1].chance }, () => one));
const DRAWN = { core: drawn(core), more: drawn(more) };
/** An organization made without reports changes as it did before there were any: a seed draws the same changes. */
const DRAWN_BEFORE_REPORTS = {
  ...DRAWN,
  more: DRAWN.more.filter(([name]) => !OF_REPORTS.has(name)),
};

/** Makes `n` random changes and returns them. A change that finds nothing to change is drawn again. */
export function mutate(store: Store, n = 1): MutationRecord[] {
  const made: MutationRecord[] = [];
  const { random } = store;
  const among = store.sizes.reports === 0 ? DRAWN_BEFORE_REPORTS : DRAWN;
  for (let tries = 0; made.length < n && tries < n * 50; tries++) {
    const [op, mutation] = random.pick(random.next() < CORE_SHARE ? among.core : among.more);
    try {
      made.push({ op, id: mutation.run(store, {}) });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
  return made;
}

/** Every operation with the names of its arguments, all of them optional. */
export function describeMutations(): Record<string, readonly string[]> {
  return Object.fromEntries([...MUTATIONS].map(([op, { args }]) => [op, args]));
}

const atRandom = z.strictObject({ random: z.int().min(1).max(1_000_000) });
const named = z.looseObject({ op: z.string() });

/**
 * Makes the change asked for: `{op, ...args}` or `{random: n}`.
 *
 * @throws ZodError where the request is not valid; RangeError where there is nothing to change.
 */
export function mutateBy(store: Store, body: unknown): readonly MutationRecord[] {
  const fields = z.record(z.string(), z.unknown()).parse(body);
  if ('random' in fields) return mutate(store, atRandom.parse(fields).random);
  const { op, ...args } = named.parse(fields);
  const found = MUTATIONS.get(op);
  if (found === undefined) throw new RangeError(`op: there is no operation ${op}`);
  return [{ op, id: found.run(store, args) }];
}
