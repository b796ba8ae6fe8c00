import { derived, text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { byDataModel } from '../shared/by-parent.ts';
import { elementsWithData } from '../shared/element-fields.ts';
import { unseenId } from '../shared/unseen-id.ts';

/**
 * A beta, whose fields were not seen; 403 means that the rules are not ours to read [AE]. One request an element, and a
 * rule need not move the version of its model, so it is on the slow cycle and opt-in.
 */
export const columnSecurityRules = defineStream({
  name: 'column_security_rules',
  description: 'Column security rules: they restrict who sees a column of a data model.',
  key: ['data_model_id', 'element_id', 'column_security_rule_id'],
  sources: [
    {
      name: 'per element',
      listings: [
        {
          path: '/v2/dataModels/{dataModelId}/elements/{elementId}/columnSecurityRules',
          paging: 'page',
          refusals: { 403: 'hidden' },
        },
      ],
      forEach: elementsWithData('data_model_elements'),
    },
  ],
  partitions: [[byDataModel]],
  slow: true,
  optIn: true,
  caveats:
    'The endpoint is a beta of Sigma, and is read once per element. Its fields are not documented: fields without a column are in `_raw`.',
  params: { dataModelId: text('Data model'), elementId: text('Element the rule is about') },
  fields: {
    columnSecurityRuleId: derived(
      text('Unique id of the rule'),
      unseenId('columnSecurityRuleId', 'ruleId', 'id'),
    ),
  },
});
