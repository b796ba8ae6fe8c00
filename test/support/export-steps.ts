/** Short ways for tests of exports: what an element shows from one run to the next, and the table that it becomes. */

import type { ExportSpec } from '../../simulator/exports/export-mutations.ts';
import type { Cell, ExportColumn } from '../../simulator/store/export-table.ts';
import type { ExportDefinition } from '../../src/exports/decide/definition.ts';
import type { ExportReport } from '../../src/exports/remember/export-report.ts';
import { definitionOf } from './export-definition.ts';
import type { ExportRig } from './export-rig.ts';

/** Data of an element. */
export interface Shown extends Partial<Pick<ExportSpec, 'controls' | 'totals' | 'type' | 'file'>> {
  readonly columns: readonly (string | ExportColumn)[];
  readonly rows: readonly (readonly Cell[])[];
}

/** One export and its table. */
export interface ExportSteps {
  readonly table: string;
  /** An export of an element that shows this. */
  definition(shown: Shown, changes?: Partial<ExportDefinition>): ExportDefinition;
  /** Runs it once, with this to show; it must end complete, or as `status` says. */
  load(shown: Shown, changes?: Partial<ExportDefinition> & { status?: string }): Promise<ExportReport>;
  /** Its rows in their order, without the columns of bookkeeping. */
  rows(): Promise<unknown[][]>;
  /** Names of its columns with their types, without those of bookkeeping. */
  types(): Promise<Record<string, string>>;
}

/** @param name of the export and its table. */
export function exportSteps(
  rig: ExportRig,
  name: string,
  settings: Partial<ExportDefinition> = {},
): ExportSteps {
  const table = `sigma_data."${name}"`;
  const definition: ExportSteps['definition'] = ({ rows, ...shown }, changes = {}) => {
    const place = rig.simulator.organization.addExport({
      ...shown,
      count: rows.length,
      rows: (i) => rows[i] ?? [],
    });
    return definitionOf(place, { ...settings, ...changes, name, table: name });
  };
  return {
    table,
    definition,
    async load(shown, { status = 'complete', ...changes } = {}) {
      return rig.load(definition(shown, changes), { status });
    },
    async rows() {
      const found = await rig.query<{ row: Record<string, unknown> }>(
        `select to_jsonb(t) as row from ${table} t order by _export_run, _row_number`,
      );
      const names = Object.keys(await this.types());
      return found.map(({ row }) => names.map((column) => row[column]));
    },
    async types() {
      const columns = await rig.query<{ name: string; type: string }>(
        `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
          where attrelid = $1::regclass and attnum > 0 and not attisdropped and attname !~ '^_' order by attnum`,
        [table],
      );
      return Object.fromEntries(columns.map(({ name: column, type }) => [column, type]));
    },
  };
}
