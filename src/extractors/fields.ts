/** The vocabulary of fields in which declarations of streams are written. */
import { isShortId } from '../sigma/ids.ts';
import type { Field, FieldType, Sensitivity } from './stream.ts';

/** Shorthands for declarations: `text('Unique id of the team')`. */
function fieldOf(type: FieldType): (description: string, column?: string) => Field {
  return (description, column) => ({ type, description, ...(column === undefined ? {} : { column }) });
}

export const text = fieldOf('text');
export const integer = fieldOf('integer');
export const number = fieldOf('number');
export const boolean = fieldOf('boolean');
export const timestamp = fieldOf('timestamp');
export const json = fieldOf('json');

/** The field with what it holds of people or secrets: `sensitive('email', text('E-mail address'))`. */
export function sensitive(kind: Sensitivity, field: Field): Field {
  return { ...field, sensitive: kind };
}

/** A field that the API does not have: its value is computed from the entry. */
export function derived(field: Field, derive: NonNullable<Field['derive']>): Field {
  return { ...field, derive };
}

/** A parameter that names the object of an entry, by either id. */
interface Within {
  readonly idParam?: string;
  readonly urlIdParam?: string;
}

/**
 * The fields by which entries name an object that is a row of another stream. Sigma sends the short id where its
 * reference says that it is the long one, in grants at least [SDK], so both are taken: loading finds the other one.
 *
 * @param within values that the partition has of the object where the API sends the other id.
 */
export function objectReference(
  field: string,
  description: string,
  { idParam, urlIdParam }: Within = {},
): Readonly<Record<string, Field>> {
  const urlField = field.replace(/Id$/, 'UrlId');
  return {
    [field]: {
      ...text(`${description}: its long id, or the short one until that is known`),
      refers: { urlField, ...(idParam === undefined ? {} : { param: idParam }) },
    },
    [urlField]: derived(
      text('Short id of that object, as in its browser address; null if unknown'),
      (entry, params) => {
        const given = entry[field];
        return typeof given === 'string' && isShortId(given) ? given : params[urlIdParam ?? ''];
      },
    ),
  };
}

/** The four fields by which most entries say who made and last changed them, and when. */
export const authorship: Readonly<Record<string, Field>> = {
  createdBy: text('Member who created it'),
  updatedBy: text('Member or process that last changed it'),
  createdAt: timestamp('When it was created'),
  updatedAt: timestamp('When it was last changed'),
};
