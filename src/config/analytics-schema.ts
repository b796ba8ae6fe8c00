/** Settings of the analytics schema. */
import { z } from 'zod';
import { about, text } from './about.ts';

const COLUMN = 'Column of that table with';

/** A domain by itself; addresses and the @ are a common slip, and would match nobody. */
const domain = about(z.string().regex(/^[^\s@]+$/), {
  description: 'A domain of e-mail addresses.',
  'x-wanted': 'a domain without the @, such as example.com',
});

/** Defaults are the labels and categories that are confirmed; the columns of time and object are not. */
const auditLog = z.strictObject({
  export: about(text, {
    description: 'Name of the export that loads the audit log.',
    'x-wanted': 'the name of an export',
    examples: ['audit_events'],
  }),
  time: about(text.optional(), {
    description: `${COLUMN} the time of an event. Sigma documents no label for it; "exports discover" shows yours.`,
    examples: ['created_at'],
  }),
  member: about(text.default('user_email'), {
    description: `${COLUMN} the member who acted, as e-mail address or id.`,
  }),
  object: about(text.optional(), {
    description: `${COLUMN} the id of the object acted on. Sigma documents no label for it, either.`,
    examples: ['object_id'],
  }),
  event: about(text.default('event_type'), { description: `${COLUMN} the category of an event.` }),
  opens: about(z.array(text).min(1).default(['OBJECT_INTERACTION']), {
    description: 'Event categories that count as opening a document. Case does not matter.',
    'x-wanted': 'a list of categories of events',
  }),
  status: about(text.default('event_status'), {
    description: `${COLUMN} the outcome of an event. Every event counts while the table lacks event_status.`,
  }),
  succeeded: about(z.array(text).min(1).default(['SUCCESS']), {
    description:
      'Outcomes of an event that count: an attempt that Sigma refused opened nothing. Case does not matter. An event without an outcome counts.',
    'x-wanted': 'a list of outcomes of events',
  }),
});

export const analytics = z.strictObject({
  enabled: about(z.boolean().default(true), {
    description:
      'Maintain the analytics models (schema sigma_analytics). Each sync that changed something refreshes them.',
    'x-env': 'SIGMA_SYNC_ANALYTICS',
  }),
  stale_days: about(z.int().min(1).max(3650).default(90), {
    description:
      'Days without an opening or a change after which a workbook or report is stale and a member is idle.',
  }),
  internal_domains: about(z.array(domain).default([]), {
    description: 'E-mail domains of your own people. Without it, the domain that most internal members have.',
    'x-wanted': 'a list of domains',
    examples: [['example.com']],
  }),
  audit_log: auditLog
    .optional()
    .describe('The export that loads the audit log. It shows who opened what beyond the recent files.'),
});
