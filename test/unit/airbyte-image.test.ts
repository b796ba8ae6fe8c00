/** The image for Airbyte: what its metadata says is what the Dockerfile and the package have. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';

const ROOT = resolve(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(resolve(ROOT, path), 'utf8');

it('is of this version, and starts the source of the package', () => {
  const { version, bin } = JSON.parse(read('package.json')) as {
    readonly version: string;
    readonly bin: Readonly<Record<string, string>>;
  };
  const { data } = parse(read('integrations/airbyte/metadata.yaml')) as {
    readonly data: Readonly<Record<string, string>>;
  };
  expect(data['dockerImageTag']).toBe(version);
  const stage = /^FROM base AS airbyte\n(.+?)^FROM /ms.exec(read('Dockerfile'))?.[1] ?? '';
  const entry = `/app/${bin['source-sigma-sync']}`;
  expect(stage).toContain(`ENTRYPOINT ["node", "${entry}"]`);
  expect(stage).toContain(`AIRBYTE_ENTRYPOINT="node ${entry}"`);
  expect(existsSync(resolve(ROOT, bin['source-sigma-sync'] ?? ''))).toBe(true);
  expect(read('.github/workflows/release.yml')).toContain(`tags: ${data['dockerRepository']}:`);
});
