/** Settings of the analytics schema. */
import { z } from 'zod';
import { about, text } from './about.ts';

const COLUMN = 'Column of its table that holds';

/** A domain by itself; addresses and the @ are a common slip, and would match nobody. */
const domain = about(z.string().regex(/^[^\s@]+$/), {
  description: 'A domain of e-mail addresses.',
  'x-wanted': 'a domain without the @, such as example.com',
});

const auditLog = z.strictObject({
  export: about(text, {
    description: 'Name of the export that loads the audit log.',
    'x-wanted': 'the name of an export',
    examples: ['audit_events'],
  }),
  time: about(text.default('created_at'), { description: `${COLUMN} the time of an event.` }),
  member: about(text.default('actor'), { description: `${COLUMN} the id of the member who did it.` }),
  object: about(text.default('object'), { description: `${COLUMN} the id of what it was done to.` }),
  event: about(text.default('event_type'), { description: `${COLUMN} the kind of event.` }),
  opens: about(z.array(text).min(1).default(['View']), {
    description: 'Kinds of events that count as opening, in any case.',
    'x-wanted': 'a list of kinds of events',
  }),
});

export const analytics = z.strictObject({
  enabled: about(z.boolean().default(true), {
    description:
      'Keep the schema of answers beside the tables (sigma_analytics), refreshed after each sync that changed something.',
    'x-env': 'SIGMA_SYNC_ANALYTICS',
  }),
  stale_days: about(z.int().min(1).max(3650).default(90), {
    description: 'Days without being opened or changed after which a workbook is stale and a member idle.',
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
