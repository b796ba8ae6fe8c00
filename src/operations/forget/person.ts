/** The person to forget: the ids and addresses by which rows name the person. */
import { quoteTable, type Session } from '../../core/database/database.ts';
import { type Hash, isHashed } from '../../loaders/privacy/mask.ts';
import type { Schemas } from '../../state/schemas.ts';

/** A person as far as the database knows. */
export interface Person {
  readonly ids: readonly string[];
  /** Addresses in lower case, and their hashes. */
  readonly marks: readonly string[];
  /** First and last names together, in plain. */
  readonly names: readonly string[];
  /** True where the last sync found a member of these ids in Sigma. */
  readonly isInSigma: boolean;
}

interface Known {
  readonly id: string;
  readonly email: string | null;
  readonly name: string | null;
  readonly live: boolean;
}

/**
 * Looks among members, deleted ones too, and in the change log.
 *
 * @param given ids and addresses of one person.
 * @param hash undefined where there is no key.
 */
export async function findPerson(
  session: Session,
  { target, state }: Schemas,
  given: readonly string[],
  hash: Hash | undefined,
): Promise<Person> {
  const marksOf = (text: string): string[] => {
    if (!text.includes('@')) return isHashed(text) ? [text] : [];
    const spelled = hash === undefined ? [] : [hash(text), hash(text.toLowerCase())];
    return [text.toLowerCase(), ...spelled.filter((one) => one !== undefined)];
  };
  const ids = new Set(given.filter((one) => !one.includes('@')));
  const marks = new Set(given.flatMap(marksOf));
  const names = new Set<string>();
  let isInSigma = false;
  // Each address can lead to another id, and each id to former addresses.
  for (let size = -1; size !== ids.size + marks.size; ) {
    size = ids.size + marks.size;
    const rows = await session.query<Known & Record<string, unknown>>(
      `select m.member_id as id, m.email, nullif(concat_ws(' ', m.first_name, m.last_name), '') as name, m._deleted_at is null as live
         from ${quoteTable(target, 'members')} m where m.member_id = any ($1) or lower(m.email) = any ($2)
       union all
       select c.key[1], i.image ->> 'email',
              nullif(concat_ws(' ', i.image ->> 'first_name', i.image ->> 'last_name'), ''), false
         from ${quoteTable(state, 'changes')} c cross join lateral (values (c.before), (c.after)) i(image)
        where c.stream = 'members' and (c.key[1] = any ($1) or lower(i.image ->> 'email') = any ($2))`,
      [[...ids], [...marks]],
    );
    for (const { id, email, name, live } of rows) {
      ids.add(id);
      for (const mark of marksOf(email ?? '')) marks.add(mark);
      // A part of a name, of an update in the log, is too little to look for.
      if (name?.includes(' ') === true && !name.includes('hmac:')) names.add(name);
      isInSigma ||= live;
    }
  }
  return { ids: [...ids], marks: [...marks], names: [...names], isInSigma };
}
