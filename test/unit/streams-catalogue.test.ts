/** Rules that all declarations keep together; that they agree with the tables is a test of the migrations. */
import { expect, it } from 'vitest';
import { catalogue, withAncestors } from '../../src/extractors/catalogue.ts';
import type { Endpoint, Source, Stream } from '../../src/extractors/stream.ts';

const byName = new Map(catalogue.map((stream) => [stream.name, stream]));

function columnsOf(name: string): string[] {
  return byName.get(name)?.columns.map((column) => column.name) ?? [];
}

function sourcesOf(stream: Stream): Source[] {
  const kinds = (stream.partitions ?? []).flat();
  return [...stream.sources, ...kinds.flatMap((kind) => kind.sources ?? [])];
}

function parametersOf({ path, query }: Endpoint): string[] {
  const templates = [path, ...Object.values(query ?? {})];
  return templates.flatMap((template) => [...template.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name));
}

it('names are unique, and parents come before their children', () => {
  expect(byName.size).toBe(catalogue.length);
  const seen = new Set<string>();
  for (const { name, parents } of catalogue) {
    expect(
      parents.filter((parent) => !seen.has(parent)),
      name,
    ).toEqual([]);
    seen.add(name);
  }
});

it('what is planned from, looked up and watched is a column of the parent', () => {
  for (const stream of catalogue) {
    for (const kind of (stream.partitions ?? []).flat()) {
      const wanted = [
        kind.parentColumn,
        ...(kind.signal ?? []),
        ...(kind.unless === undefined ? [] : [kind.unless]),
      ];
      expect(columnsOf(kind.parent), stream.name).toEqual(expect.arrayContaining(wanted));
      if (kind.activeWhile === undefined) continue;
      const active = stream.columns.find(({ name }) => name === kind.activeWhile?.column);
      expect(active?.type, stream.name).toBe('timestamp');
      expect(stream.slow, stream.name).toBe(true);
    }
    for (const { forEach } of sourcesOf(stream)) {
      if (forEach === undefined) continue;
      const wanted = [forEach.column, ...(forEach.except === undefined ? [] : [forEach.except.column])];
      expect(columnsOf(forEach.stream), stream.name).toEqual(expect.arrayContaining(wanted));
    }
  }
});

it('every parameter of a path is filled, and every parameter that is a column is known', () => {
  for (const stream of catalogue) {
    const kinds = (stream.partitions ?? []).flat();
    const ofKinds = kinds.map(({ param }) => param);
    for (const source of sourcesOf(stream)) {
      const known = [...ofKinds, ...(source.forEach === undefined ? [] : [source.forEach.param])];
      const used = source.listings.flatMap(parametersOf);
      expect(
        used.filter((name) => !known.includes(name)),
        stream.name,
      ).toEqual([]);
      if (source.forEach !== undefined) expect(used, stream.name).toContain(source.forEach.param);
    }
    if (stream.get !== undefined)
      expect(columnsOf(stream.name)).toEqual(
        expect.arrayContaining(parametersOf({ path: stream.get, paging: 'object' })),
      );
    // If a source does not give the parameter, `requires` makes sure that its entries do; or it is made of them.
    for (const name of Object.keys(stream.params ?? {})) {
      for (const { name: source, forEach, requires, listings } of stream.sources) {
        if (listings.some(({ expand }) => expand !== undefined)) continue;
        // The last resort: a column that is null.
        if (`${stream.name} ${source}` === 'report_elements without pages' && name === 'pageId') continue;
        expect([...ofKinds, forEach?.param, requires], `${stream.name}.${name}`).toContain(name);
      }
    }
  }
});

it('what is on the slow cycle has partitions whose turn can come', () => {
  for (const { name, slow, partitions } of catalogue) {
    if (slow === true) expect(partitions, name).toBeDefined();
  }
});

it('what is opt-in is nobody’s parent, so that leaving it out leaves nothing else out', () => {
  const parents = new Set(catalogue.flatMap((stream) => stream.parents));
  expect(catalogue.filter(({ optIn }) => optIn === true).map(({ name }) => name)).toEqual([
    'column_security_rules',
    'allowed_ips',
    'tenants',
  ]);
  expect(catalogue.filter(({ optIn, name }) => optIn === true && parents.has(name))).toEqual([]);
});

it('the named streams come with all they are planned from', () => {
  const names = withAncestors(catalogue, new Set(['workbook_lineage', 'data_model_tags'])).map(
    ({ name }) => name,
  );
  expect(names).toEqual([
    'workbooks',
    'workbook_pages',
    'workbook_elements',
    'workbook_lineage',
    'data_models',
    'data_model_tags',
  ]);
});

it('names of members, addresses, SQL and hosts are marked as sensitive', () => {
  const marked = catalogue.flatMap(({ name, columns }) =>
    columns.flatMap((column) =>
      column.sensitive === undefined ? [] : [`${name}.${column.name} ${column.sensitive}`],
    ),
  );
  expect(marked.sort()).toEqual([
    'allowed_ips.ip network',
    'api_clients.client_id network',
    'api_credentials.allowlist network',
    'connections.account network',
    ...['http_path', 'oauth_audience', 'oauth_client_id', 'oauth_metadata_url'].map(
      (column) => `connections.${column} network`,
    ),
    'connections.role network',
    'connections.user_name network',
    'data_model_lineage.definition sql',
    'data_model_sources.definition sql',
    'members.email email',
    'members.first_name name',
    'members.last_name name',
    'members.profile_img_url image',
    'report_lineage.definition sql',
    'report_queries.sql sql',
    'report_schedules.config_v2 email',
    'report_sources.definition sql',
    'tenants.tenant_api_url network',
    'workbook_lineage.definition sql',
    'workbook_queries.sql sql',
    'workbook_schedules.config_v2 email',
    'workbook_sources.definition sql',
  ]);
});
