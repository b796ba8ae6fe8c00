import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Auth } from '../../../simulator/http/auth.ts';
import { open, start, tokenRequest } from './api.ts';

test('a token by form', async () => {
  const { status, body } = await tokenRequest(await start());
  expect(status).toBe(200);
  expect(body).toEqual({
    access_token: expect.stringMatching(/^\w{64}$/),
    refresh_token: expect.stringMatching(/^\w{64}$/),
    token_type: 'bearer',
    expires_in: 3600,
  });
});

test('a token by HTTP Basic', async () => {
  const simulator = await start();
  const basic = Buffer.from(`${simulator.clientId}:${simulator.clientSecret}`).toString('base64');
  const answer = await fetch(`${simulator.url}/v2/auth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  expect(answer.status).toBe(200);
});

test('wrong credentials are refused with the error body of the API', async () => {
  const { status, headers, body } = await tokenRequest(await start(), { client_secret: 'guess' });
  expect(status).toBe(401);
  expect(body).toEqual({
    requestId: headers.get('x-request-id'),
    message: expect.any(String),
    code: 'unauthorized',
  });
});

test('a body that is no form, and an unknown grant, are refused', async () => {
  const simulator = await start();
  expect((await tokenRequest(simulator, {}, { 'content-type': 'application/json' })).status).toBe(400);
  expect((await tokenRequest(await start(), { grant_type: 'password' })).status).toBe(400);
});

test('a refresh token is good once, alone or with the right credentials', () => {
  const auth = new Auth({ seed: 1, clientId: 'id', clientSecret: 'secret', lifetimeS: 60 });
  const grant = (form: Record<string, string>): ReturnType<Auth['grant']> =>
    auth.grant(new URLSearchParams(form), undefined);
  const right = { client_id: 'id', client_secret: 'secret' };
  const refresh = (refresh_token: string, more = {}): ReturnType<Auth['grant']> =>
    grant({ grant_type: 'refresh_token', refresh_token, ...more });
  const first = grant({ grant_type: 'client_credentials', ...right });
  const second = refresh(first.refresh_token);
  expect(auth.bearer(`Bearer ${first.access_token}`)).toBeDefined();
  expect(auth.bearer(`Bearer ${second.access_token}`)).toBeDefined();
  expect(second.access_token).not.toBe(first.access_token);
  expect(() => refresh(first.refresh_token)).toThrow('refresh token');
  expect(() => refresh(second.refresh_token, { ...right, client_secret: 'x' })).toThrow('credentials');
  expect(refresh(second.refresh_token, right).expires_in).toBe(60);
});

test('more than one token request a second is refused and counted', async () => {
  const { simulator } = await open();
  expect((await tokenRequest(simulator)).status).toBe(429);
  expect(simulator.counters.tokenRateViolations).toBe(1);
  await sleep(1010);
  expect((await tokenRequest(simulator)).status).toBe(200);
  expect(simulator.counters.tokenRateViolations).toBe(1);
  expect(simulator.counters.tokenRequests).toHaveLength(3);
});

test('everything else needs a token that is valid', async () => {
  const { simulator, get } = await open({ tokenLifetimeS: 3 });
  expect((await get('/v2/whoami')).body).toEqual({
    userId: simulator.organization.owner.id,
    organizationId: simulator.organization.organizationId,
  });
  expect((await get('/v2/no-such-thing')).status).toBe(404);
  for (const path of ['/v2/whoami', '/v2/workbooks', '/v2/no-such-thing'])
    expect((await fetch(simulator.url + path)).status).toBe(401);
  await sleep(3050);
  const expired = await get('/v2/whoami');
  expect([expired.status, expired.body['code']]).toEqual([401, 'unauthorized']);
});
