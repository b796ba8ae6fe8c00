import { quoteLiteral } from '../../core/database/database.ts';
import { catalogue } from '../../extractors/catalogue.ts';
import type { Model, Names } from '../model.ts';
import { outsideJoin, PRIVACY_RULES } from './shared/outside.ts';
import { RESTS_ON } from './shared/rests-on.ts';

/** What is not to be known, because privacy settings hide it. */
export const answerLimits: Model = {
  name: 'answer_limits',
  kind: 'view',
  about:
    'The columns that answers rest on, and which of them privacy settings hide: one row per answer and column. Where rule is null in every row, every answer is whole. A column that is only shown is not among them: it is seen to be hidden.',
  columns: {
    model: 'The answer',
    stream: 'Stream with the column',
    column_name: 'The column',
    rule: 'hash or drop; null where the column is in plain',
    effect: 'What that means for the answer, or null',
  },
  inputs: ['members', 'external_members'],
  sql: (names) => `
select x.model, x.stream, x.column_name, r.rule,
       case when r.rule is not null then 'It decides by this column, and is not what it would be in plain.' end as effect
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

/** Where nothing is left that tells whether a member is external. */
function unknownOutsiders(names: Names): string {
  return `select v.model, 'members', 'email', coalesce(p.rules ->> 'email', p.rules ->> 'email_domain'), v.effect
  from ${names.raw(PRIVACY_RULES)} p
 cross join (values
    ('external_members', 'Only guests and embed users are named: nothing is left of addresses by which others could be external.'),
    ('access_exposure', 'external_viewers is null where nothing is left of the address of a viewer.')) v(model, effect)
 where p.stream = 'members' and p.rules ->> 'user_kind' is null
   and exists (select from ${names.live('members')} m ${outsideJoin(names, 'm')}
                where m.is_archived is not true and o.external is null)`;
}
