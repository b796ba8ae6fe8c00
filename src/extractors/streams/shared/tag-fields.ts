import type { Field } from '../../stream.ts';
import { integer, text, timestamp } from '../../fields.ts';

/** A version tag on a data model or a report. */
export function tagFields(document: string): Readonly<Record<string, Field>> {
  return {
    versionTagId: text('Version tag'),
    tagName: text('Name of the tag'),
    sourceVersion: integer(`Version of the ${document} that was tagged`),
    taggedAt: timestamp('When it was tagged'),
  };
}
