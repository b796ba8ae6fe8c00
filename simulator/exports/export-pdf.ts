/** A document after PDF 1.4 that names what it shows: a page for each page of the workbook. */
import type { Exported } from './export-scope.ts';

/** US letter, in points. */
const SHORT = 612;
const LONG = 792;
const MARGIN = 54;
const LEADING = 18;
const SIZE = 12;
/** Numbers of the objects that every document has. */
const [CATALOG, PAGES, FONT, INFO] = [1, 2, 3, 4] as const;

/**
 * The bytes of the document. Its properties have all names in full: the workbook's as title, those of pages as
 * subject, those of elements as keywords, a line each. The printed text has Latin letters only, and `?` for the
 * others.
 */
export function pdf({ path: [workbook], pages }: Exported, layout: 'portrait' | 'landscape'): Buffer {
  const [width, height] = layout === 'portrait' ? [SHORT, LONG] : [LONG, SHORT];
  const fits = Math.floor((height - 2 * MARGIN) / LEADING);
  const printed = pages.map(({ name, elements }) =>
    [workbook, name, ...elements.map((element) => element.name)].slice(0, fits),
  );
  const elements = pages.flatMap((page) => page.elements);
  const idOf = (page: number): number => INFO + 1 + 2 * page;
  const kids = printed.map((_, i) => `${idOf(i)} 0 R`).join(' ');
  return documentOf([
    `<< /Type /Catalog /Pages ${PAGES} 0 R >>`,
    `<< /Type /Pages /Kids [${kids}] /Count ${printed.length} /MediaBox [0 0 ${width} ${height}] >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>',
    `<< /Title ${unicode([workbook])} /Subject ${unicode(pages.map(({ name }) => name))} /Keywords ${unicode(elements.map(({ name }) => name))} /Producer (simulator) >>`,
    ...printed.flatMap((lines, i) => {
      const text = lines.map((line) => `${latin(line)} Tj T*`).join('\n');
      const content = `BT /F1 ${SIZE} Tf ${LEADING} TL ${MARGIN} ${height - MARGIN} Td\n${text}\nET`;
      return [
        `<< /Type /Page /Parent ${PAGES} 0 R /Contents ${idOf(i) + 1} 0 R /Resources << /Font << /F1 ${FONT} 0 R >> >> >>`,
        `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
      ];
    }),
  ]);
}

/** Objects numbered from 1, the table of their offsets, and the trailer. A character is a byte. */
function documentOf(objects: readonly string[]): Buffer {
  // A comment of bytes beyond ASCII says that the file is not text.
  let text = '%PDF-1.4\n%\xe2\xe3\xcf\xd3\n';
  const entries = ['0000000000 65535 f '];
  for (const [i, object] of objects.entries()) {
    entries.push(`${String(text.length).padStart(10, '0')} 00000 n `);
    text += `${i + 1} 0 obj\n${object}\nendobj\n`;
  }
  const start = text.length;
  text += `xref\n0 ${entries.length}\n${entries.join('\n')}\n`;
  text += `trailer\n<< /Size ${entries.length} /Root ${CATALOG} 0 R /Info ${INFO} 0 R >>\nstartxref\n${start}\n%%EOF\n`;
  return Buffer.from(text, 'latin1');
}

/** A text as the properties of a document have it: UTF-16 with its byte-order mark, in hexadecimal. */
function unicode(lines: readonly string[]): string {
  const utf16 = Buffer.from(lines.join('\n'), 'utf16le').swap16();
  return `<FEFF${utf16.toString('hex').toUpperCase()}>`;
}

function latin(text: string): string {
  return `(${text.replace(/[^ -~\u00a0-\u00ff]/gu, '?').replace(/[()\\]/g, '\\$&')})`;
}
