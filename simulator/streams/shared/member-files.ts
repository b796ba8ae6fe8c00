/**
 * What members opened and starred. Derived from the member's id; only those who opened or starred something since
 * the organization was made cost memory.
 */
import type { Member } from '../../entities.ts';
import { hash, Random } from '../../store/random.ts';
import type { References } from './references.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** A file in a member's list, or an error in its place: the listing promises either. */
export interface FileMention {
  readonly fileId: string;
  /** When it was opened, in milliseconds since 1970. */
  readonly at: number;
  readonly isError: boolean;
}

/** A member, who opened and starred nothing before being one. */
type Owner = Pick<Member, 'id' | 'createdAt'>;

export class MemberFiles {
  /** Share of the members that opened a file in the 30 days before the logical clock's start. */
  activeShare = 0.4;
  readonly #seed: number;
  readonly #start: number;
  readonly #references: References;
  readonly #opened = new Map<string, FileMention[]>();
  /** By member and file: starred or no longer. */
  readonly #stars = new Map<string, Map<string, boolean>>();

  constructor(seed: number, start: number, references: References) {
    this.#seed = seed;
    this.#start = start;
    this.#references = references;
  }

  /** The latest first. Files that are gone are still named. */
  recents({ id: memberId, createdAt }: Owner): FileMention[] {
    const random = new Random(this.#seed, 'recents', memberId);
    const isActive = random.next() < this.activeShare;
    const count = isActive ? 1 + random.below(10) : random.below(6);
    const derived: FileMention[] = [];
    let at = this.#start - (isActive ? random.below(20 * DAY) : (35 + random.below(120)) * DAY);
    for (let i = 0; i < count; i++) {
      const mention = this.#mention(random, at);
      // The latest is no error, so that an active member is seen as one.
      if (mention !== undefined) derived.push(i === 0 ? { ...mention, isError: false } : mention);
      at -= HOUR + random.below(12 * DAY);
    }
    const since = derived.filter((mention) => mention.at >= createdAt);
    return distinct([...(this.#opened.get(memberId) ?? []), ...since]);
  }

  favorites({ id: memberId, createdAt }: Owner): FileMention[] {
    const random = new Random(this.#seed, 'favorites', memberId);
    const count = random.next() < 0.6 && createdAt < this.#start ? random.below(6) : 0;
    const derived = Array.from({ length: count }, () => this.#mention(random, 0)).filter(
      (mention) => mention !== undefined,
    );
    const stars = this.#stars.get(memberId) ?? new Map<string, boolean>();
    const added = [...stars].filter(([, isStarred]) => isStarred);
    return distinct([
      ...added.map(([fileId]) => ({ fileId, at: 0, isError: false })),
      ...derived.filter(({ fileId }) => stars.get(fileId) !== false),
    ]);
  }

  open(memberId: string, fileId: string, at: number): void {
    const others = (this.#opened.get(memberId) ?? []).filter((one) => one.fileId !== fileId);
    this.#opened.set(memberId, [{ fileId, at, isError: false }, ...others.slice(0, 19)]);
  }

  star(memberId: string, fileId: string, isStarred: boolean): void {
    const stars = this.#stars.get(memberId) ?? new Map<string, boolean>();
    this.#stars.set(memberId, stars.set(fileId, isStarred));
  }

  #mention(random: Random, at: number): FileMention | undefined {
    const { files } = this.#references;
    if (files.length === 0) return undefined;
    return { fileId: random.pick(files), at, isError: random.next() < 0.06 };
  }
}

/** The first mention of each file. */
function distinct(mentions: readonly FileMention[]): FileMention[] {
  const seen = new Set<string>();
  return mentions.filter(({ fileId }) => !seen.has(fileId) && seen.add(fileId));
}

/** The request id of an error entry: the same whenever the listing is read. */
export function errorId(seed: number, fileId: string): string {
  return hash(seed, 'error', fileId).toString(16).padStart(8, '0');
}
