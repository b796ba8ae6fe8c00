/** Exports end to end: from the simulator's HTTP to rows in a real Postgres. */
import { describe, expect, it } from 'vitest';
import { definitionOf } from '../support/export-definition.ts';
import { startExportRig } from '../support/export-rig.ts';

describe('a first load', () => {
  it('makes a table of the types that the data has', async () => {
    await using rig = await startExportRig();
    const place = rig.simulator.organization.addBigExport({ rows: 2000 });
    const report = await rig.load(definitionOf(place));
    expect(report).toMatchObject({ rows: 2000, inserted: 2000, rejected: 0, windows: 1, drift: [] });
    const columns = await rig.query<{ name: string; type: string }>(
      `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
        where attrelid = 'sigma_data.data'::regclass and attnum > 0 order by attnum`,
    );
    expect(columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'id bigint',
      'order_number bigint',
      'amount numeric',
      'discount numeric',
      'region text',
      'customer text',
      'note text',
      'is_open boolean',
      'is_paid boolean',
      'ordered_on date',
      'created_at timestamp with time zone',
      'updated_at timestamp with time zone',
      '_export_run bigint',
      '_row_number bigint',
      '_loaded_at timestamp with time zone',
    ]);
    const [row] = await rig.query(
      `select count(*)::int as n, min(_row_number)::int as first, max(_row_number)::int as last from sigma_data.data`,
    );
    expect(row).toEqual({ n: 2000, first: 1, last: 2000 });
  });
});
