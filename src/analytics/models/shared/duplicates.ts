/** Copies of a document. */
import type { Model } from '../../model.ts';

/** `duplicate_<document>s`, of the documents in `<document>_inventory`. */
export function duplicatesOf(document: 'workbook' | 'report'): Model {
  const id = `${document}_id`;
  const capital = document === 'workbook' ? 'Workbook' : 'Report';
  return {
    name: `duplicate_${document}s`,
    kind: 'materialized',
    about: `${capital}s with the same name (ignoring case and outer spaces), sources and shape: one row per copy. Archived ones and tagged versions are left out.`,
    columns: {
      copies_id: `Hash shared by the copies of one ${document}`,
      copies: 'How many there are',
      [id]: capital,
      name: 'Title',
      url: 'Address in the browser',
      owner_id: 'Member who owns it',
      owner_name: 'Name of the owner',
      folder_path: 'Folders that lead to it',
      elements: 'Elements on its pages',
      sources: 'Its sources of data',
      updated_at: 'When it was last changed',
      last_opened_at: 'When somebody last opened it, or null',
      openers: 'Members who opened it',
      is_most_used: 'True for the copy that most members opened; in a tie, for the one changed last',
    },
    key: [id],
    inputs: [`${document}_inventory`],
    sql: ({ model }) => `
select x.copies_id, x.copies, x.${id}, x.name, x.url, x.owner_id, x.owner_name, x.folder_path, x.elements,
       x.sources, x.updated_at, x.last_opened_at, x.openers, x.place = 1 as is_most_used
  from (
    select i.*, c.copies_id, (count(*) over (partition by c.copies_id))::integer as copies,
           row_number() over (partition by c.copies_id
             order by i.openers desc, i.updated_at desc nulls last, i.${id}) as place
      from ${model(`${document}_inventory`)} i
     cross join lateral (select md5(concat_ws(chr(10), lower(btrim(i.name)), coalesce(i.source_signature, '-'),
                                              coalesce(i.shape_signature, '-'))) as copies_id) c
     where not i.is_archived and i.tagged_version_of is null and i.name is not null
  ) x
 where x.copies > 1`,
  };
}
