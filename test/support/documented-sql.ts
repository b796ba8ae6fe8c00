/** The queries that README.md and docs/*.md show, with what they name replaced by what is there. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** A query of the documentation. */
export interface Documented {
  /** File, and the place of the query among those of the file. */
  readonly place: string;
  /** Its heading or its first comment. */
  readonly title: string;
  readonly sql: string;
}

/** Values for the names in the documentation. */
export interface Subjects {
  readonly workbookId: string;
  readonly workbookName: string;
  readonly memberId: string;
  readonly email: string;
  readonly teamId: string;
  /** Path of a table, as `lineage_nodes` has it. */
  readonly table: string;
  /** A time that the change log covers, ISO 8601. */
  readonly at: string;
}

/** The prefix of the queue's tables; they are there only where many organizations are. */
const QUEUE = /\bsigma_jobs\./;

/** Every statement that reads tables of an organization; those that make roles, views and indexes are left out. */
export function documentedSql(subjects: Subjects): Documented[] {
  return documented()
    .filter(({ sql }) => !QUEUE.test(sql))
    .map((one) => ({ ...one, sql: withSubjects(one.sql, subjects) }));
}

/** Every statement that reads the queue of many organizations. */
export function documentedQueueSql(): Documented[] {
  return documented().filter(({ sql }) => QUEUE.test(sql));
}

/** The statements of README.md as they are printed. */
export function readmeSql(): Documented[] {
  return documented().filter(({ place }) => place.startsWith('README.md '));
}

function documented(): Documented[] {
  const docs = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
  return ['README.md', ...docs.map((name) => `docs/${name}`)].flatMap((file) => {
    const text = readFileSync(join(ROOT, file), 'utf8');
    const statements = [...text.matchAll(/^```sql\n([\s\S]*?)^```/gm)].flatMap(({ index, 1: block = '' }) => {
      const heading = [...text.slice(0, index).matchAll(/^#+ (.*)$/gm)].at(-1)?.[1] ?? '';
      return block
        .split(/;[^\n]*\n/)
        .map((part) => part.trim())
        .filter((part) => /^(?:--.*\n)*\s*(?:select|with)\b/i.test(part))
        .map((part) => {
          const [, comment] = /^-- (.*)/.exec(part) ?? [];
          return { title: comment ?? heading, sql: part.replace(/^(?:--.*\n)+/, '') };
        });
    });
    return statements.map(({ title, sql }, i) => ({ place: `${file} ${i + 1}`, title, sql }));
  });
}

function withSubjects(sql: string, subjects: Subjects): string {
  const { workbookId, workbookName, memberId, email, teamId, table, at } = subjects;
  const idOf: Readonly<Record<string, string>> = {
    inode_id: workbookId,
    member_id: memberId,
    team_id: teamId,
  };
  return sql
    .replace(
      /(inode_id|member_id|team_id)(\W+(?:is distinct from )?)'…'/g,
      (_, column: string, between: string) => {
        return `${column}${between}'${idOf[column] ?? ''}'`;
      },
    )
    .replace(/\bname = '[A-Z]\w+ [A-Z][\w ]+ Dashboard'/g, `name = '${workbookName}'`)
    .replace(/'[^']*@example\.com'/g, `'${email}'`)
    .replace(/'(?:%|ANALYTICS\.SALES\.)BILLING_40'/g, `'${table}'`)
    .replace(/'20\d\d-\d\d-\d\d( \d\d:\d\d(:\d\d)?)?Z?'/g, `'${at}'`);
}

/** A node of a plan, as `explain (format json)` gives it. */
export interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Function Name'?: string;
  /** Rows of one loop; there if the plan was run. */
  readonly 'Actual Rows'?: number;
  readonly Plans?: readonly PlanNode[];
}

/** The plan of a query, from what EXPLAIN gave. */
export function planOf(answer: unknown): PlanNode {
  const [first] = (typeof answer === 'string' ? JSON.parse(answer) : answer) as readonly { Plan: PlanNode }[];
  if (first === undefined) throw new Error('EXPLAIN gave no plan');
  return first.Plan;
}

/** Names of the functions that a plan scans. */
export function scannedFunctions(plan: PlanNode): string[] {
  const own = plan['Node Type'] === 'Function Scan' ? [plan['Function Name'] ?? ''] : [];
  return [...own, ...(plan.Plans ?? []).flatMap(scannedFunctions)];
}

/** The most rows that any node of an analyzed plan gave at once. */
export function rowsOf(plan: PlanNode): number {
  return Math.max(plan['Actual Rows'] ?? 0, ...(plan.Plans ?? []).map(rowsOf));
}
