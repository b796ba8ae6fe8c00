/** The version of this package, as package.json has it. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Found by walking up, because the file lies deeper in a build than in the sources. */
function read(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    try {
      const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
        name?: string;
        version?: string;
      };
      if (name === 'sigma-sync' && version !== undefined) return version;
    } catch {
      if (folder === dirname(folder)) return '0.0.0';
    }
  }
}

export const version = read();
