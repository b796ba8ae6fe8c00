/** The questions of docs/analytics.md, and the organization that it answers them for. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Simulator, SimulatorOptions } from '../../simulator/server.ts';
import { cell, table } from '../../src/cli/output/tables.ts';
import type { Answer } from '../../src/core/database/answer.ts';
import type { Sync } from '../../src/runs/requests.ts';

export const GALLERY = join(import.meta.dirname, '../../docs/analytics.md');

/** The organization of `sigma-sync demo`. */
export const DEMO: SimulatorOptions = { organization: { seed: 1, workbooks: 150, auditLog: true } };

/** Syncs the organization as the demonstration does: all of it, and then what 12 mutations changed. */
export async function syncDemo(sync: Sync, simulator: Simulator): Promise<void> {
  for (const changes of [0, 12]) {
    simulator.organization.mutate(changes);
    const { status, error } = await sync.run();
    if (status !== 'complete') throw error ?? new Error(`the sync ended ${status}`);
  }
}

/** A question, its statement, and the answer that is shown; `''` where there is none yet. */
export interface Question {
  readonly title: string;
  readonly sql: string;
  readonly answer: string;
}

/** A statement, and the answer behind it. */
const BLOCK = /^```sql\n([\s\S]*?)^```\n(?:\n```text\n([\s\S]*?)^```\n)?/gm;

/** The questions in their order. */
export function readGallery(): Question[] {
  const text = readFileSync(GALLERY, 'utf8');
  return [...text.matchAll(BLOCK)].map(({ index, 1: sql = '', 2: answer = '' }) => {
    const title = [...text.slice(0, index).matchAll(/^### (.*)$/gm)].at(-1)?.[1] ?? '';
    return { title, sql: sql.trim().replace(/;$/, ''), answer };
  });
}

/** The text of the gallery with other answers, in their order. */
export function withAnswers(answers: readonly string[]): string {
  let i = 0;
  return readFileSync(GALLERY, 'utf8').replaceAll(
    BLOCK,
    (_, sql: string) => `\`\`\`sql\n${sql}\`\`\`\n\n\`\`\`text\n${answers[i++] ?? ''}\n\`\`\`\n`,
  );
}

const LONGEST = 44;

/** Rows as `sigma-sync query` shows them, but shorter. */
export function showAnswer({ columns, rows }: Answer): string {
  if (rows.length === 0) return '(0 rows)';
  const shown = columns.map((title, i) => ({
    title,
    value: (row: readonly unknown[]): string | number => shorten(cell(row[i])),
  }));
  return table(rows, shown).join('\n');
}

function shorten(shown: string | number): string | number {
  if (typeof shown === 'number') return shown;
  const text = shown
    .replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d(\.\d+)?Z$/, '$1 $2')
    .replace(/\s+/g, ' ')
    .trim();
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}
