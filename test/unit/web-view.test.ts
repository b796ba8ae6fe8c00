/** Elements of the page: errors, tables and their folded rows. */
import { html } from 'hono/html';
import { describe, expect, it } from 'vitest';
import { errorText } from '../../src/operations/web/view/elements.ts';
import {
  type Column,
  errorColumn,
  figure,
  foldedTable,
  groupsOf,
  table,
} from '../../src/operations/web/view/table.ts';

const plain = (markup: unknown): string =>
  String(markup)
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();

describe('an error', () => {
  const ERROR =
    'Sigma answered 403: forbidden. (stream teams, GET /v2/teams?limit=50, status 403, request 1c2-62) Restore the permission.';

  it('says the cause and the remedy before the request', () => {
    expect(plain(errorText(ERROR))).toBe(
      'Sigma answered 403: forbidden. Restore the permission. stream teams, GET /v2/teams?limit=50, status 403, request 1c2-62',
    );
  });

  it('leaves the request out where there is little room, with a sign, and keeps it on demand', () => {
    const text = String(errorText(ERROR, 80));
    expect(plain(text)).toBe('Sigma answered 403: forbidden. Restore the permission…');
    expect(text).toContain('request 1c2-62');
  });

  it.each([
    'It failed (as it did before). Try again.',
    'GET /v2/workbooks answered 503 (request req-7)',
    'No brackets at all.',
  ])('is left as it is where it fits: %s', (text) => {
    expect(plain(errorText(text, 140))).toBe(text);
  });
});

interface Row {
  readonly name: string;
  readonly rows: number;
  readonly error: string | null;
}

const NAME: Column<Row> = { title: 'Name', isHead: true, cell: ({ name }) => name };
const ROWS: readonly Row[] = [
  { name: 'members', rows: 3, error: null },
  { name: 'teams', rows: 0, error: 'It failed.' },
];

describe('a table', () => {
  it('shows an error below its row, across all columns', () => {
    const text = String(
      table<Row>('Streams', [NAME, figure('Rows', (row) => row.rows), ...errorColumn(ROWS)], ROWS),
    );
    expect(text.match(/<th scope="col"/g)).toHaveLength(2);
    expect(text.match(/class="below"/g)).toHaveLength(1);
    expect(text).toMatch(/colspan="2" data-t="Error"><span class="error">It failed\./);
  });

  it('names the columns that it drops, at each width', () => {
    const extra = figure<Row>('Retries', (row) => row.rows, { isExtra: true });
    const less = figure<Row>('Requests', (row) => row.rows, { isLess: true });
    const many = Array.from({ length: 10 }, (_, i) => figure<Row>(`Figure ${i}`, (row) => row.rows));
    const text = String(table<Row>('Streams', [NAME, extra, less, ...many], ROWS));
    expect(text).toContain('<p class="dropped of-many">Hidden at this width: Retries.</p>');
    expect(text).toContain('<p class="dropped">Hidden at this width: Retries, Requests.</p>');
    expect(String(table<Row>('Streams', [NAME], ROWS))).not.toContain('Hidden');
  });

  it('folds rows that matter less below the others', () => {
    const rows = [
      ...ROWS,
      ...['files', 'tags', 'plugins', 'grants'].map((name): Row => ({ name, rows: 0, error: null })),
    ];
    const text = plain(
      foldedTable<Row>(
        'Streams',
        [NAME],
        groupsOf(rows, ({ name, rows: n, error }) => (n === 0 && error === null ? 'without changes' : name)),
        (n, title) => html`${n} ${title}`,
        true,
      ),
    );
    expect(text).toMatch(/members teams 4 without changes .* files tags plugins grants$/);
  });
});
