/** Settings of the analytics schema. */
import { z } from 'zod';
import { about, text } from './about.ts';

const COLUMN = 'Column of its table that holds';

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
    description: `${COLUMN} the time of an event. Sigma documents no label for it: "exports discover" shows yours.`,
    examples: ['created_at'],
  }),
  member: about(text.default('user_email'), {
    description: `${COLUMN} who did it: the e-mail address, or the id of the member.`,
  }),
  object: about(text.optional(), {
    description: `${COLUMN} the id of what it was done to. Sigma documents no label for it, either.`,
    examples: ['object_id'],
  }),
  event: about(text.default('event_type'), { description: `${COLUMN} the category of an event.` }),
  opens: about(z.array(text).min(1).default(['OBJECT_INTERACTION']), {
    description: 'Categories of events that count as opening, in any case.',
    'x-wanted': 'a list of categories of events',
  }),
});

export const analytics = z.strictObject({
  enabled: about(z.boolean().default(true), {
    description:
      'Keep the schema of answers beside the tables (sigma_analytics), refreshed after each sync that changed something.',
    'x-env': 'SIGMA_SYNC_ANALYTICS',
  }),
  stale_days: about(z.int().min(1).max(3650).default(90), {
    description:
      'Days without being opened or changed after which a workbook or report is stale and a member idle.',
  }),
  internal_domains: about(z.array(domain).default([]), {
    description:
      'Domains of e-mail addresses that are not external. Without it, the one that most internal members have.',
    'x-wanted': 'a list of domains',
    examples: [['example.com']],
  }),
  audit_log: auditLog
    .optional()
    .describe('Where an export loads the audit log: who opened what is then known beyond the recent files.'),
});
