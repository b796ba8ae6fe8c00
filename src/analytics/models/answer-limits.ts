import { quoteLiteral } from '../../core/database/database.ts';
import { catalogue } from '../../extractors/catalogue.ts';
import type { Model, Names } from '../model.ts';
import { outsideJoin, PRIVACY_RULES } from './shared/outside.ts';
import { RESTS_ON } from './shared/rests-on.ts';

/** The limits of answers under privacy settings. */
export const answerLimits: Model = {
  name: 'answer_limits',
  kind: 'view',
  about:
    'The columns that answers depend on, with the privacy rules that hide them: one row per answer and column. If rule is null in every row, every answer is complete. Columns that are only displayed are left out, since you see that they are hidden.',
  columns: {
    model: 'The answer',
    stream: 'Stream with the column',
    column_name: 'The column',
    rule: 'hash or drop; null if the column is in plain',
    effect: 'Its effect on the answer, or null',
  },
  inputs: ['members', 'external_members'],
  sql: (names) => `
select x.model, x.stream, x.column_name, r.rule,
       case when r.rule is not null then 'The answer depends on this column, so hiding it changes the result.' end as effect
  from (values
    ${decisive().join(',\n    ')}
  ) x(stream, column_name, field, model)
  left join ${names.raw(PRIVACY_RULES)} p on p.stream = x.stream
  left join lateral (
    select min(e.value) as rule from jsonb_each_text(p.rules) e
     where e.key = x.column_name or starts_with(e.key, '_raw.' || x.field || '.')) r on true
union all
${unknownOutsiders(names)}`,
};

/** Column of each answer as a row of VALUES. */
function decisive(): string[] {
  return Object.entries(RESTS_ON).flatMap(([stream, columns]) =>
    Object.entries(columns).flatMap(([column, models]) => {
      const declared = catalogue.find(({ name }) => name === stream)?.columns;
      const field = declared?.find(({ name }) => name === column)?.source ?? column;
      return [...new Set(models)].map(
        (model) => `(${[stream, column, field, model].map(quoteLiteral).join(', ')})`,
      );
    }),
  );
}

/** The answers affected if nothing shows whether a member is external. */
function unknownOutsiders(names: Names): string {
  return `select v.model, 'members', 'email', coalesce(p.rules ->> 'email', p.rules ->> 'email_domain'), v.effect
  from ${names.raw(PRIVACY_RULES)} p
 cross join (values
    ('external_members', 'Only guests and embed users are listed, because no addresses remain to find other external members.'),
    ('access_exposure', 'external_viewers is null if nothing remains of the address of a viewer.')) v(model, effect)
 where p.stream = 'members' and p.rules ->> 'user_kind' is null
   and exists (select from ${names.live('members')} m ${outsideJoin(names, 'm')}
                where m.is_archived is not true and o.external is null)`;
}
