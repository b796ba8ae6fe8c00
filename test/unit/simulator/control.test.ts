import { expect, test } from 'vitest';
import { type Json, open, sorted, start } from './api.ts';

test('describes itself without a token', async () => {
  const { url } = await start();
  const answer = await fetch(`${url}/_simulator`);
  const body = (await answer.json()) as Record<string, Json>;
  expect(answer.status).toBe(200);
  expect(Object.keys(body['routes'] ?? {})).toContain('POST /_simulator/mutate');
  expect(body['mutations']).toMatchObject({ grant: expect.arrayContaining(['inodeId', 'front']) });
  expect(body['faults']).toMatchObject({ rate: expect.anything(), down: expect.anything() });
  expect((await fetch(`${url}/_simulator/elsewhere`)).status).toBe(404);
});

test('every mutation it describes can be made and says what it changed', async () => {
  const { control, simulator } = await open({ organization: { archivedShare: 0.2 } });
  const described = (await control('GET', '')).body['mutations'] as Record<string, string[]>;
  const { organization } = simulator;
  organization.addWorkspace();
  for (const op of Object.keys(described)) {
    const now = organization.now;
    const { status, body } = await control('POST', '/mutate', { op });
    expect([op, status]).toEqual([op, 200]);
    expect(body['changed']).toEqual([{ op, id: expect.any(String) }]);
    expect(organization.now).toBeGreaterThan(now);
  }
  const { body } = await control('POST', '/mutate', { random: 12 });
  expect(body['changed']).toHaveLength(12);
});

test('mutations take arguments', async () => {
  const { control, simulator } = await open();
  const { organization } = simulator;
  const id = organization.truth('workbooks').find((w) => w['isArchived'] === false)?.['workbookId'];
  await control('POST', '/mutate', { op: 'renameWorkbook', id, name: 'Renamed' });
  expect(organization.workbooks.get(String(id))?.name).toBe('Renamed');
  await control('POST', '/mutate', { op: 'addTeam', name: 'First', front: true });
  expect(organization.truth('teams')[0]).toMatchObject({ name: 'First' });
});

test.each([
  ['/mutate', { op: 'explode' }, 'op: there is no operation explode'],
  ['/mutate', {}, 'op: '],
  ['/mutate', { random: 0 }, 'random: '],
  ['/mutate', { op: 'renameWorkbook', name: 7 }, 'name: '],
  ['/mutate', { op: 'renameWorkbook', title: 'x' }, '"title"'],
  ['/mutate', { op: 'deleteTeam', id: 'none' }, 'nothing has the id none'],
  ['/faults', { rate: 2, kinds: ['500'] }, 'rate: '],
  ['/faults', { kinds: ['501'] }, 'kinds.0: '],
  ['/faults', { kinds: ['500'], match: '(' }, 'match: is not a regular expression'],
  ['/faults', { down: 'yes' }, 'down: '],
  ['/faults', { sometimes: true }, '"sometimes"'],
  ['/log', { on: 1 }, 'on: '],
])('POST %s %j is refused by name', async (path, request, said) => {
  const { control, simulator } = await open();
  const now = simulator.organization.now;
  const { status, body } = await control('POST', path, request);
  expect(status).toBe(400);
  expect(body['message']).toContain(said);
  expect(simulator.organization.now).toBe(now);
  expect(simulator.faults.toJSON()).toMatchObject({ rules: [], switches: { down: false } });
});

test('a body that is not JSON is refused', async () => {
  const { url } = await start();
  const answer = await fetch(`${url}/_simulator/mutate`, { method: 'POST', body: '{' });
  expect([answer.status, await answer.json()]).toEqual([400, { message: 'the body is not JSON' }]);
});

test('faults, counters and the log are at hand over HTTP', async () => {
  const { control, get } = await open();
  await control('POST', '/log', { on: true });
  await control('POST', '/counters/reset');
  const added = await control('POST', '/faults', {
    kinds: ['500'],
    match: 'teams',
    times: 1,
    forbid: ['files'],
  });
  expect(added.body).toMatchObject({
    rules: [{ kinds: ['500'], match: 'teams', left: 1, rate: 1 }],
    switches: { forbid: ['files'] },
  });
  expect((await get('/v2/teams')).status).toBe(500);
  expect((await get('/v2/files')).status).toBe(403);
  expect((await control('DELETE', '/faults')).body).toMatchObject({ rules: [], switches: { forbid: [] } });
  expect((await get('/v2/files')).status).toBe(200);
  await expect
    .poll(async () => JSON.parse((await control('GET', '/log')).text))
    .toEqual([
      { method: 'GET', path: '/v2/teams', status: 500 },
      { method: 'GET', path: '/v2/files', status: 403 },
      { method: 'GET', path: '/v2/files', status: 200 },
    ]);
  const counters = (await control('GET', '/counters?paths=true')).body;
  expect(counters).toMatchObject({
    requests: 3,
    endpoints: { 'GET /v2/files': 2 },
    faults: { '500': 1 },
    paths: { 'GET /v2/files': 2 },
  });
});

test('streams the truth as NDJSON', async () => {
  const { control, simulator } = await open();
  const { text, headers } = await control('GET', '/truth/workbook_elements');
  expect(headers.get('content-type')).toContain('application/x-ndjson');
  const lines = text.trimEnd().split('\n');
  expect(sorted(lines.map((line) => JSON.parse(line) as Json))).toEqual(
    sorted(simulator.organization.truth('workbook_elements')),
  );
  expect((await control('GET', '/truth/nothing')).status).toBe(404);
});
