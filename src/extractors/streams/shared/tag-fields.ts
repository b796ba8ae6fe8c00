import { integer, text, timestamp } from '../../fields.ts';
import type { Endpoint, Field, Source } from '../../stream.ts';

/** A version tag on a data model or a report. */
export function tagFields(document: string): Readonly<Record<string, Field>> {
  return {
    versionTagId: text('Version tag'),
    tagName: text('Name of the tag'),
    sourceVersion: integer(`Version of the ${document} that was tagged`),
    taggedAt: timestamp('When it was tagged'),
  };
}

/** Sources of the tags of a document: its listing has them; one that leaves them out is asked for document by document. */
export function tagSources(listing: Endpoint): readonly Source[] {
  return [
    { name: 'with the document', listings: [], inParent: 'tags' },
    { name: 'tags', listings: [listing] },
  ];
}
