import { writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { safeFileName } from '../../../src/exports/files/safe-file-name.ts';
import { scratchFolder } from '../../support/cli.ts';

it.each([
  ['Revenue.pdf', 'Revenue.pdf'],
  ['Revenue.PDF', 'Revenue.pdf'],
  ['Q3 – Überblick 🚀.pdf', 'Q3 – Überblick 🚀.pdf'],
  ['script.sh', 'script.sh.pdf'],
  ['../../etc/passwd', '_.._etc_passwd.pdf'],
  ['..', undefined],
  ['.pdf', 'pdf.pdf'],
  ['...hidden', 'hidden.pdf'],
  ['C:\\Windows\\a.pdf', 'C_Windows_a.pdf'],
  ['a\nb\u0000c\u202efdp.pdf', 'a_b_c_fdp.pdf'],
  ['///', undefined],
  ['', undefined],
  ['nul.pdf', '_nul.pdf'],
  [' a .pdf', 'a.pdf'],
])('%j becomes %j', (name, safe) => {
  expect(safeFileName(name, 'pdf')).toBe(safe);
});

const awkward = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: fc.constantFrom('.', '/', '\\', ' ', '\0', '\ud800', 'ä', '🚀', 'a'), maxLength: 400 }),
  fc.string({ unit: fc.constantFrom('🚀', 'x'), minLength: 150, maxLength: 300 }),
);

it('whatever a server sends, it names one file in the folder', () => {
  using folder = scratchFolder();
  fc.assert(
    fc.property(awkward, fc.constantFrom('csv', 'xlsx'), (name, extension) => {
      const safe = safeFileName(name, extension);
      if (safe === undefined) return;
      const path = resolve(folder.path, safe);
      expect(dirname(path)).toBe(folder.path);
      expect(basename(path)).toBe(safe);
      expect(safe).not.toMatch(/[/\\\p{Cc}\p{Cf}\p{Cs}]|^[.\s]/u);
      expect(safe.endsWith(`.${extension}`)).toBe(true);
      expect(Buffer.byteLength(safe)).toBeLessThanOrEqual(200);
      expect(safe.isWellFormed()).toBe(true);
      // Made safe once, it is safe.
      expect(safeFileName(safe, extension)).toBe(safe);
      writeFileSync(join(folder.path, `${safe}.part`), '');
    }),
    { numRuns: 500 },
  );
});

it('keeps a name that needs no change, apart from its extension', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-zäß0-9](?:[\wäß ()-]{0,40}[\wäß)])?$/), (stem) => {
      fc.pre(!/^(?:con|prn|aux|nul|com\d|lpt\d)$/i.test(stem) && !/^_*$/.test(stem));
      expect(safeFileName(`${stem}.csv`, 'csv')).toBe(`${stem}.csv`);
    }),
  );
});
