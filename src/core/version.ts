/** The folder and the version of this package. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Found by walking up, because this file lies deeper in a build than in the sources. */
function find(): { readonly folder: string; readonly version: string } {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    try {
      const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
        name?: string;
        version?: string;
      };
      if (name === 'sigma-sync' && version !== undefined) return { folder, version };
    } catch {
      if (folder === dirname(folder)) return { folder, version: '0.0.0' };
    }
  }
}

const found = find();

/** Version of this package, as package.json has it. */
export const version = found.version;

/** Folder of this package: what it brings along, such as the schema of its settings, is in it. */
export const packageFolder = found.folder;
