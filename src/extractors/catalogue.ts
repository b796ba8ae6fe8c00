/** All streams, in the order in which they are shown. */
import type { Stream } from './stream.ts';
import { files } from './streams/files.ts';
import { grants } from './streams/grants.ts';
import { members } from './streams/members.ts';
import { teamMembers } from './streams/team-members.ts';
import { teams } from './streams/teams.ts';
import { workbookElements } from './streams/workbook-elements.ts';
import { workbookPages } from './streams/workbook-pages.ts';
import { workbooks } from './streams/workbooks.ts';
import { workspaces } from './streams/workspaces.ts';

export const catalogue: readonly Stream[] = [
  members,
  teams,
  teamMembers,
  workspaces,
  files,
  workbooks,
  workbookPages,
  workbookElements,
  grants,
];

/** The named streams with every ancestor they are planned from, in catalogue order. */
export function withAncestors(streams: readonly Stream[], names: ReadonlySet<string>): Stream[] {
  const wanted = new Set<string>();
  const add = (name: string): void => {
    if (wanted.has(name)) return;
    wanted.add(name);
    for (const parent of streams.find((stream) => stream.name === name)?.parents ?? []) add(parent);
  };
  for (const name of names) add(name);
  return streams.filter((stream) => wanted.has(stream.name));
}
