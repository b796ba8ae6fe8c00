/** The settings of one export: an entry of the list `exports`. */
import { z } from 'zod';
import { parseTime } from '../core/times.ts';
import { about, CRON, cron, text, timeZone, variable } from './about.ts';

/**
 * A type as it may stand in `create table` and in a cast: one word or a known pair, limits, an array. Nothing else
 * gets into SQL from here, not even a `default` or a `check` behind the type.
 */
const SQL_TYPE =
  /^(?:(?:double precision|(?:character|bit) varying|(?:timestamp|time)(?:\(\d\))? with(?:out)? time zone)|[a-z_][a-z0-9_]{0,62})(?:\(\d{1,5}(?:, ?\d{1,4})?\))?(?:\[\])?$/i;

const EXPORT_NAME = /^[a-z][a-z0-9_]{0,39}$/;
const TABLE_NAME = /^[a-z_][a-z0-9_]{0,62}$/;
const DURATION = /^\d{1,6} ?[mhdw]$/;

const duration = (byDefault: string, description: string) =>
  about(z.string().trim().regex(DURATION).default(byDefault), {
    description,
    'x-wanted': 'a duration such as 30m, 3h, 1d or 2w',
  });

const window = z.strictObject({
  column: about(text, {
    description: 'Label of the column with the time of a row.',
    examples: ['Created At'],
  }),
  control: about(text, {
    description: 'Id of the date-range control of the workbook that filters this column.',
    examples: ['API-Date-Filter'],
  }),
  start: about(
    z
      .string()
      .trim()
      .refine((value) => parseTime(value) !== undefined),
    {
      description: 'Start of the first window, in UTC.',
      'x-wanted': 'a date such as 2026-10-01 or a time such as 2026-10-01T06:00:00Z',
      examples: ['2026-10-01'],
    },
  ),
  step: duration(
    '1d',
    'Length of a window, at least a minute. A window with too many rows is split automatically.',
  ),
  lookback: duration('3h', 'Time before the last watermark to read again, for rows that arrive late.'),
});

const oauthOverride = z.strictObject({
  connection: about(text, {
    description: 'Long id of the connection.',
    examples: ['1f8e9847-c705-41fe-93b0-b80bbaff9730'],
  }),
  token: about(text.optional(), {
    description: 'OAuth token of the warehouse. Keep it in the environment or in a file of its own.',
    'x-secret': true,
    examples: [variable('WAREHOUSE_TOKEN')],
  }),
  token_file: about(text.optional(), {
    description: 'File that holds the token. Instead of token.',
    examples: ['/run/secrets/warehouse_token'],
  }),
});

/** Values of controls are text in the API; a number that JavaScript can't hold must be quoted to stay what it is. */
const parameter = z.union([
  z.string(),
  z.boolean(),
  z.number().refine((value) => !Number.isInteger(value) || Number.isSafeInteger(value)),
]);

/** One export, keys in snake_case. */
export const exportEntry = z.strictObject({
  name: about(z.string().trim().regex(EXPORT_NAME), {
    description: 'Name of the export in commands and logs.',
    'x-wanted': 'a name of at most 40 lower-case letters, digits and underscores that begins with a letter',
    examples: ['audit_events'],
  }),
  workbook: about(text, {
    description:
      'The workbook: its browser address, or its short or long id. Exports read the published version, never a draft.',
    examples: [
      'https://app.sigmacomputing.com/acme/workbook/Audit-7sYWojYnccxJqdqkNKAw6S?:nodeId=Mkaex5leIG',
    ],
  }),
  element: about(text.optional(), {
    description: 'Id of the table, pivot table or chart, if the workbook address has no :nodeId.',
    examples: ['Mkaex5leIG'],
  }),
  format: about(z.enum(['csv', 'jsonl']).default('csv'), {
    description: 'Format to request: csv is faster, jsonl keeps null and empty text apart.',
  }),
  table: about(z.string().trim().regex(TABLE_NAME).optional(), {
    description: 'Target table in database.exports_schema. Without it, the name of the export.',
    'x-wanted': 'a name of at most 63 lower-case letters, digits and underscores',
    examples: ['audit_events'],
  }),
  mode: about(z.enum(['replace', 'append', 'merge']).default('replace'), {
    description:
      'replace swaps all rows at once, append adds the rows of new windows, merge also updates rows by key.',
    examples: ['merge'],
  }),
  key: about(z.array(text).default([]), {
    description:
      'Labels of the columns that identify a row. merge needs them, and they make reading in several parts safer.',
    'x-wanted': 'a list of column labels',
    examples: [['Event ID']],
  }),
  window: about(window.optional(), {
    description: 'Read window by window instead of everything at once; for append and merge only.',
  }),
  types: about(z.record(z.string(), z.string().trim().regex(SQL_TYPE)).default({}), {
    description: 'SQL types of columns, by label. Other types are inferred from the data.',
    'x-wanted': 'a type such as text, numeric(18,2) or timestamptz for each column it names',
    examples: [{ Amount: 'numeric(18,2)' }],
  }),
  formats: about(z.record(z.string(), text).optional(), {
    description:
      'Formats of dates and times that are not ISO 8601, by column label: YYYY, YY, MM, Mon, Month, DD, HH24, HH12, MI, SS, FF, AM, TZ.',
    'x-wanted': 'a form such as DD/MM/YYYY for each column it names',
    examples: [{ Ordered: 'DD/MM/YYYY' }],
  }),
  decimal: about(z.enum(['point', 'comma']).optional(), {
    description:
      'Decimal mark of numbers in a CSV: point (1,234.50) or comma (1.234,50). Without it, point, and a warning if a column is ambiguous.',
    examples: ['comma'],
  }),
  hide: about(z.record(z.string(), z.enum(['hash', 'drop'])).optional(), {
    description:
      'Columns to hash or drop, by label. Hashes use the key of the privacy settings, so they join with hashed columns of members.',
    'x-wanted': 'hash or drop for each column it names',
    examples: [{ 'User Email': 'hash' }],
  }),
  person: about(z.array(text).optional(), {
    description:
      'Labels of the columns that hold the address or id of a person. `forget` deletes the rows in which one of them names that person.',
    'x-wanted': 'a list of column labels',
    examples: [['User Email']],
  }),
  parameters: about(z.record(z.string(), parameter).default({}), {
    description: 'Values of workbook controls, by control id.',
    'x-wanted': 'text for each control it names',
    examples: [{ Region: 'EMEA' }],
  }),
  schedule: about(cron.optional(), {
    description:
      'Cron expression for when the export is due. `start` runs it at these times, `sync` once after each of them. Without it, it runs after every sync.',
    ...CRON,
  }),
  time_zone: timeZone('Time zone of the schedule.'),
  schema: about(z.enum(['evolve', 'freeze', 'fail']).default('evolve'), {
    description:
      'Response to changed columns or types: evolve the table, freeze it and leave out data that does not fit, or fail.',
  }),
  row_limit: about(z.int().min(10).max(1_000_000).default(1_000_000), {
    description: 'Most rows per request. Sigma returns at most a million.',
  }),
  least_rows: about(z.int().min(0).max(1_000_000_000).optional(), {
    description:
      'Fewest rows that a replace may leave in a table that has more. With fewer, the old rows are kept. Without it, 1. With 0, a replace may empty the table.',
    examples: [1000],
  }),
  timeout_minutes: about(z.number().min(1).max(1440).default(60), {
    description: 'Time limit of one request, in minutes.',
  }),
  tag: about(text.optional(), {
    description: 'Version tag of the workbook to export, instead of the published version.',
    examples: ['Production'],
  }),
  run_as: about(text.optional(), {
    description: 'Id of the member to run the export as. Without it, the owner of the credentials.',
    examples: ['qHkDpWOWwJnrxs4JpTd2x1mYb1tQh'],
  }),
  oauth_overrides: about(z.array(oauthOverride).default([]), {
    description: 'OAuth tokens for Sigma to read connections with, instead of its own.',
    'x-wanted': 'a list of entries with connection and token',
  }),
  reject_default_tokens: about(z.boolean().default(false), {
    description: 'Fail instead of reading a connection that has no token in oauth_overrides.',
  }),
});
