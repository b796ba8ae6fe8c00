import { expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';
import { openService } from '../../src/operations/service/service.ts';
import { scratchFolder } from '../support/cli.ts';

it('who runs schedules needs credentials from the beginning; the page alone needs none', () => {
  using folder = scratchFolder();
  const load = () => loadConfig({ env: {}, cwd: folder.path });
  expect(() => openService({ load })).toThrow('SIGMA_CLIENT_ID and SIGMA_CLIENT_SECRET');
  expect(openService({ load, schedules: false }).running()).toEqual([]);
});
