/**
 * A folder of JSON Lines, one file a stream, with a manifest that says what each file is. The manifest is written last:
 * a folder without one is not complete.
 */
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { ConfigError } from '../../core/errors.ts';
import type { EmissionFormat } from './emission.ts';
import type { EmissionState } from './emission-state.ts';
import { writeTo } from './write-to.ts';

/** Field of a row that says when it was deleted. */
const DELETED_AT = '_deleted_at';

/** A folder being filled. */
export interface JsonLinesFolder extends EmissionFormat {
  /** Writes the manifest. @returns the state that covers the folder */
  finish(): Promise<EmissionState | undefined>;
}

interface FileEntry {
  readonly stream: string;
  readonly file: string;
  /** `full`: the file has every live row. `changes`: upsert its rows by key, delete those with `_deleted_at`. */
  readonly mode: 'full' | 'changes';
  readonly key: readonly string[];
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  rows: number;
}

/**
 * Makes the folder.
 *
 * @throws ConfigError where it holds files: an emission never mixes with another.
 */
export async function jsonLinesFolder(folder: string, now: () => Date): Promise<JsonLinesFolder> {
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length > 0)
    throw new ConfigError(`${folder} is not empty.`, { advice: 'Use a new folder for each emission.' });
  const files: FileEntry[] = [];
  let stream: WriteStream | undefined;
  let latest: EmissionState | undefined;
  return {
    deletedField: DELETED_AT,
    async begin({ table, isFull }) {
      const file = `${table.name}.jsonl`;
      const columns = [
        ...table.columns.map(({ name, type }) => ({ name, type })),
        { name: DELETED_AT, type: 'timestamp' },
      ];
      const mode = isFull ? 'full' : 'changes';
      files.push({ stream: table.name, file, mode, key: table.key, columns, rows: 0 });
      stream = createWriteStream(join(folder, file), { flags: 'wx', flush: true });
    },
    async rows(_, rows) {
      const entry = files.at(-1);
      if (entry === undefined || stream === undefined) return;
      entry.rows += rows.length;
      await writeTo(stream, `${rows.join('\n')}\n`);
    },
    async end() {
      stream?.end();
      if (stream !== undefined) await finished(stream);
    },
    async state(state) {
      latest = state;
    },
    async finish() {
      const manifest = { format: 'jsonl', version: 1, emitted_at: now().toISOString(), files, state: latest };
      await replaceFile(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
      return latest;
    },
  };
}

/** Replaces a file at once: a reader sees the old one or the new one. */
export async function replaceFile(path: string, text: string): Promise<void> {
  await writeFile(`${path}.part`, text, { flush: true });
  await rename(`${path}.part`, path);
}
