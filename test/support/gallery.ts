/** The questions of docs/analytics.md, and the organization that it answers them for. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { table } from '../../src/cli/output.ts';
import type { Sync } from '../../src/create-sync.ts';
import type { Row } from '../../src/database/database.ts';
import type { Simulator, SimulatorOptions } from '../../src/simulator/server.ts';

export const GALLERY = join(import.meta.dirname, '../../docs/analytics.md');

/** That of `sigma-sync demo`. */
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

/** Rows as the gallery shows them. */
export function showAnswer(rows: readonly Row[]): string {
  if (rows.length === 0) return '(no rows)';
  const columns = Object.keys(rows[0] ?? {}).map((title) => ({
    title,
    value: (row: Row): string | number => show(row[title]),
  }));
  return table(rows, columns).join('\n');
}

function show(value: unknown): string | number {
  if (typeof value === 'number') return value;
  if (value === null || value === undefined) return '';
  if (value instanceof Date) {
    const text = value.toISOString();
    return text.endsWith('T00:00:00.000Z') ? text.slice(0, 10) : text.slice(0, 16).replace('T', ' ');
  }
  const text = (Array.isArray(value) ? value.join(', ') : String(value)).replace(/\s+/g, ' ').trim();
  // Numbers beyond what a driver hands out as such.
  if (/^\d{1,9}(\.\d+)?$/.test(text)) return Number(text);
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}
