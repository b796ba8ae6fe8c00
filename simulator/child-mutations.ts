/**
 * Changes that move neither a workbook's version nor its `updatedAt`, and what members open and star. Every id may be
 * left out: then one is chosen.
 */

import type { Member, Workbook } from './entities.ts';
import { ordinary } from './streams/content/workbooks.ts';
import { chosen } from './streams/people/teams.ts';
import { AccessMutations } from './streams/people/user-attributes.ts';

/** Mutations of derived children, on top of all others. */
export class ChildMutations extends AccessMutations {
  /** Adds, changes or removes a scheduled export. */
  changeSchedules(id?: string): string {
    return this.#change('workbook_schedules', id);
  }

  changeMaterializationSchedules(id?: string): string {
    return this.#change('workbook_materialization_schedules', id);
  }

  changeBookmarks(id?: string): string {
    return this.#change('workbook_bookmarks', id);
  }

  changeEmbeds(id?: string): string {
    return this.#change('workbook_embeds', id);
  }

  /**
   * Sets a tag on the present version of a workbook, which makes a tagged version. One of an earlier use of the tag
   * is replaced. Returns the workbook's id.
   */
  tagWorkbook(id?: string, tagId?: string): string {
    const source = chosen(this.workbooks, id, this.random, (one) => ordinary(one) && !one.hidden);
    const { id: versionTagId } = chosen(this.tags, tagId, this.random);
    const earlier = source.tags?.find((tag) => tag.versionTagId === versionTagId);
    if (earlier !== undefined) this.removeTagged(source, earlier.taggedWorkbookId);
    const taggedAt = this.tick();
    const copy: Workbook = {
      ...source,
      order: this.nextOrder(),
      id: this.random.uuid(),
      urlId: this.random.base62(22),
      taggedFrom: source.id,
      tags: undefined,
      updatedAt: taggedAt,
    };
    this.insertWorkbook(copy);
    const tag = {
      versionTagId,
      sourceWorkbookVersion: source.version,
      taggedWorkbookId: copy.id,
      taggedAt,
    };
    source.tags = [...(source.tags ?? []), tag];
    return source.id;
  }

  /** Takes a tag off a workbook, which deletes the tagged version. Returns the workbook's id. */
  untagWorkbook(id?: string): string {
    const source = chosen(this.workbooks, id, this.random, (one) => one.tags !== undefined);
    const [tag] = source.tags ?? [];
    if (tag === undefined) throw new RangeError(`the workbook ${source.id} has no tag`);
    this.tick();
    this.removeTagged(source, tag.taggedWorkbookId);
    return source.id;
  }

  /** A member opens a file: it comes first among their recent ones. Returns the member's id. */
  openFile(memberId?: string, fileId?: string): string {
    const member = chosen(this.members, memberId, this.random);
    const file = fileId ?? this.#anyFile();
    if (this.fileOf(file) === undefined) throw new RangeError(`no file has the id ${file}`);
    this.memberFiles.open(member.id, file, this.tick());
    return member.id;
  }

  /** A member stars a file. Returns the member's id. */
  star(memberId?: string, fileId?: string): string {
    const member = chosen(this.members, memberId, this.random);
    const file = fileId ?? this.#anyFile();
    if (this.fileOf(file) === undefined) throw new RangeError(`no file has the id ${file}`);
    this.tick();
    this.memberFiles.star(member.id, file, true);
    return member.id;
  }

  /** A member unstars a file. Returns the member's id. */
  unstar(memberId?: string, fileId?: string): string {
    const hasStars = (one: Member): boolean => this.memberFiles.favorites(one).length > 0;
    const member = chosen(this.members, memberId, this.random, hasStars);
    const file = fileId ?? this.memberFiles.favorites(member)[0]?.fileId;
    if (file === undefined) throw new RangeError(`the member ${member.id} has no favorites`);
    this.tick();
    this.memberFiles.star(member.id, file, false);
    return member.id;
  }

  #change(kind: string, id: string | undefined): string {
    const workbook = chosen(this.workbooks, id, this.random, ordinary);
    this.tick();
    this.revisions.raise(kind, workbook.id);
    return workbook.id;
  }

  #anyFile(): string {
    const isSeen = (one: Workbook): boolean => ordinary(one) && !one.hidden;
    return chosen(this.workbooks, undefined, this.random, isSeen).id;
  }
}
