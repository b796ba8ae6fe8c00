/**
 * Files that members opened and starred. Derived from the member's id; only members who opened or starred something
 * since the organization was made cost memory.
 */
import { DAY, type Entry, HOUR } from '../../store/entry.ts';
import { hash, Random } from '../../store/random.ts';
import { oneOf, type Store } from '../../store/store.ts';
import type { Sight } from '../stream.ts';
import { fileEntry, fileOf } from './file-entries.ts';
import type { Member } from './people.ts';
import { referencesOf } from './references.ts';
import { isSeen, workbooksOf } from './workbook-table.ts';

/** A file in a member's list, or an error in its place: the listing promises either. */
export interface FileMention {
  readonly fileId: string;
  /** Time of the opening, in milliseconds since 1970. */
  readonly at: number;
  readonly isError: boolean;
}

/** A member, who opened and starred nothing before being one. */
type Owner = Pick<Member, 'id' | 'createdAt'>;

class MemberFiles {
  readonly #store: Store;
  readonly #opened = new Map<string, FileMention[]>();
  /** By member and file: starred or no longer. */
  readonly #stars = new Map<string, Map<string, boolean>>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** The latest first. Files that are gone are still named. */
  recents({ id: memberId, createdAt }: Owner): FileMention[] {
    const random = new Random(this.#store.seed, 'recents', memberId);
    const isActive = random.next() < this.#store.activeShare;
    const count = isActive ? 1 + random.below(10) : random.below(6);
    const derived: FileMention[] = [];
    let at = this.#store.start - (isActive ? random.below(20 * DAY) : (35 + random.below(120)) * DAY);
    for (let i = 0; i < count; i++) {
      const mention = this.#mention(random, at);
      // The latest is no error, so that an active member is seen as one.
      if (mention !== undefined) derived.push(i === 0 ? { ...mention, isError: false } : mention);
      at -= HOUR + random.below(12 * DAY);
    }
    const since = [...derived, ...this.#reports(memberId, isActive)]
      .filter((mention) => mention.at >= createdAt)
      .sort((a, b) => b.at - a.at);
    return distinct([...(this.#opened.get(memberId) ?? []), ...since]);
  }

  favorites({ id: memberId, createdAt }: Owner): FileMention[] {
    const random = new Random(this.#store.seed, 'favorites', memberId);
    const count = random.next() < 0.6 && createdAt < this.#store.start ? random.below(6) : 0;
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

  /** Some members opened a report; from a generator of its own, so that the other files stay the same. */
  #reports(memberId: string, isActive: boolean): FileMention[] {
    const random = new Random(this.#store.seed, 'recent reports', memberId);
    const { reports } = referencesOf(this.#store);
    if (reports.length === 0 || random.next() < 0.7) return [];
    const ago = isActive ? random.below(20 * DAY) : (35 + random.below(120)) * DAY;
    return [{ fileId: random.pick(reports), at: this.#store.start - ago, isError: false }];
  }

  #mention(random: Random, at: number): FileMention | undefined {
    const { files } = referencesOf(this.#store);
    if (files.length === 0) return undefined;
    return { fileId: random.pick(files), at, isError: random.next() < 0.06 };
  }
}

/** The first mention of each file. */
function distinct(mentions: readonly FileMention[]): FileMention[] {
  const seen = new Set<string>();
  return mentions.filter(({ fileId }) => !seen.has(fileId) && seen.add(fileId));
}

export const memberFilesOf = oneOf((store) => new MemberFiles(store));

/** The id of a file, or of any that the owner of the credentials sees. @throws RangeError where there is none. */
export function someFileId(store: Store, fileId: string | undefined): string {
  const id = fileId ?? store.chosen(workbooksOf(store), undefined, isSeen).id;
  if (fileOf(store, id) === undefined) throw new RangeError(`no file has the id ${id}`);
  return id;
}

/** The files that are still there, or the error the API gives in the place of one. */
export function mentioned(
  store: Store,
  mentions: readonly FileMention[],
  sight: Sight,
  more: (mention: FileMention) => Entry = () => ({}),
): Entry[] {
  return mentions.flatMap((mention) => {
    const file = fileOf(store, mention.fileId);
    if (file === undefined) return [];
    if (!mention.isError && !sight.lost(file.id)) return [{ ...fileEntry(store, file), ...more(mention) }];
    // The request id is the same whenever the listing is read.
    const requestId = hash(store.seed, 'error', file.id).toString(16).padStart(8, '0');
    return [{ code: 403, message: 'no access to this file', requestId }];
  });
}

/** An error that stands in a file's place is no file. */
export function filesOnly(entry: Entry): Entry | undefined {
  return 'code' in entry ? undefined : {};
}
