/** A workbook file after ECMA-376 (Office Open XML), the least of it that every reader takes: sheets, cells, dates. */
import { DAY } from '../store/entry.ts';
import type { Cell, ExportColumn } from '../store/export-table.ts';
import { type ZipEntry, zip } from './zip.ts';

export interface Sheet {
  /** Any text; what Excel does not take as the name of a sheet is replaced. */
  readonly name: string;
  readonly columns: readonly ExportColumn[];
  /** The same rows whenever it is called. */
  readonly rows: () => Iterable<readonly Cell[]>;
}

/** Characters of a chunk, roughly. */
const CHUNK = 65_536;
/** Excel refuses longer texts in a cell, and longer names of a sheet. */
const LONGEST_TEXT = 32_767;
const LONGEST_NAME = 31;
/** Days from Excel's day 0 to 1970. */
const DAYS_TO_1970 = 25_569;
/** 1 March 1900: Excel believes in a 29 February before it, so that earlier days differ between readers. */
const FIRST_DAY = 61;

const DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const RELATIONS = 'http://schemas.openxmlformats.org/package/2006/relationships';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const TYPES = 'http://schemas.openxmlformats.org/package/2006/content-types';
const SPREADSHEET = 'application/vnd.openxmlformats-officedocument.spreadsheetml';

/** Cell formats by their index: 0 general, 1 a day, 2 an instant. */
const STYLES = `<styleSheet xmlns="${MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/><numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss.000"/></numFmts><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs></styleSheet>`;

/** The bytes of the file. There must be a sheet. */
export function xlsx(sheets: readonly Sheet[]): Generator<Buffer> {
  const part = (name: string, xml: string): ZipEntry => ({
    name,
    chunks: () => [Buffer.from(DECLARATION + xml)],
  });
  const numbered = namesOf(sheets).map((name, i) => ({ name, id: i + 1 }));
  const each = (xml: (sheet: { readonly name: string; readonly id: number }) => string): string =>
    numbered.map(xml).join('');
  return zip([
    part(
      '[Content_Types].xml',
      `<Types xmlns="${TYPES}"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="${SPREADSHEET}.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="${SPREADSHEET}.styles+xml"/>${each(({ id }) => `<Override PartName="/xl/worksheets/sheet${id}.xml" ContentType="${SPREADSHEET}.worksheet+xml"/>`)}</Types>`,
    ),
    part('_rels/.rels', relations(relation('rId1', 'officeDocument', 'xl/workbook.xml'))),
    part(
      'xl/workbook.xml',
      `<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets>${each(({ name, id }) => `<sheet name="${escaped(name)}" sheetId="${id}" r:id="rId${id}"/>`)}</sheets></workbook>`,
    ),
    part(
      'xl/_rels/workbook.xml.rels',
      relations(
        each(({ id }) => relation(`rId${id}`, 'worksheet', `worksheets/sheet${id}.xml`)) +
          relation(`rId${sheets.length + 1}`, 'styles', 'styles.xml'),
      ),
    ),
    part('xl/styles.xml', STYLES),
    ...sheets.map((sheet, i) => ({
      name: `xl/worksheets/sheet${i + 1}.xml`,
      chunks: () => sheetChunks(sheet),
    })),
  ]);
}

function relations(inner: string): string {
  return `<Relationships xmlns="${RELATIONS}">${inner}</Relationships>`;
}

function relation(id: string, type: string, target: string): string {
  return `<Relationship Id="${id}" Type="${OFFICE}/${type}" Target="${target}"/>`;
}

function* sheetChunks({ columns, rows }: Sheet): Generator<Buffer> {
  let text = `${DECLARATION}<worksheet xmlns="${MAIN}"><sheetData>`;
  let number = 1;
  text += rowOf(number, columns, ({ label }) => textCell(label));
  for (const cells of rows()) {
    number++;
    text += rowOf(number, cells, (cell, i) => cellOf(cell, columns[i]));
    if (text.length < CHUNK) continue;
    yield Buffer.from(text);
    text = '';
  }
  yield Buffer.from(`${text}</sheetData></worksheet>`);
}

/** A cell but for its place: attributes and content. Undefined where there is none. */
type CellParts = readonly [attributes: string, content: string] | undefined;

function rowOf<T>(number: number, items: readonly T[], parts: (item: T, i: number) => CellParts): string {
  let text = `<row r="${number}">`;
  for (const [i, item] of items.entries()) {
    const made = parts(item, i);
    if (made !== undefined) text += `<c r="${letters(i)}${number}"${made[0]}>${made[1]}</c>`;
  }
  return `${text}</row>`;
}

/** A, B, …, Z, AA, …: columns as a sheet names them. */
function letters(index: number): string {
  const last = String.fromCharCode(65 + (index % 26));
  return index < 26 ? last : letters(Math.floor(index / 26) - 1) + last;
}

/** Null has no cell, so that it differs from the empty text. A sheet's numbers are doubles: readers lose digits. */
function cellOf(cell: Cell, column: ExportColumn | undefined): CellParts {
  if (cell === null) return undefined;
  if (typeof cell === 'string') return textCell(cell);
  if (typeof cell === 'boolean') return [' t="b"', `<v>${cell ? 1 : 0}</v>`];
  if (cell instanceof Date) return timeCell(cell, column?.type === 'date');
  return typeof cell === 'bigint' || Number.isFinite(cell) ? ['', `<v>${cell}</v>`] : textCell(String(cell));
}

function timeCell(date: Date, isDay: boolean): CellParts {
  const days = date.getTime() / DAY + DAYS_TO_1970;
  if (days < FIRST_DAY) return textCell(isDay ? date.toISOString().slice(0, 10) : date.toISOString());
  return isDay ? [' s="1"', `<v>${Math.floor(days)}</v>`] : [' s="2"', `<v>${days}</v>`];
}

function textCell(text: string): CellParts {
  return [' t="inlineStr"', `<is><t xml:space="preserve">${escaped(cut(text, LONGEST_TEXT))}</t></is>`];
}

/** The beginning of a text; no pair of surrogates is torn. */
function cut(text: string, length: number): string {
  return text.length <= length ? text : text.slice(0, length).replace(/[\ud800-\udbff]$/, '');
}

/**
 * Text as XML holds it. Characters that XML can't hold, or would change, are written `_xHHHH_`, and so is an
 * underscore that would be taken for the beginning of that (ECMA-376, ST_Xstring).
 */
function escaped(text: string): string {
  return text
    .replace(/_(?=x[0-9A-Fa-f]{4})/g, '_x005F_')
    .replace(/(?![\t\n])[\p{Cc}\p{Cs}\ufffe\uffff]/gu, (one) => {
      return `_x${one.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`;
    })
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** Names that Excel takes: without certain characters, not too long, and unique whatever their case. */
function namesOf(sheets: readonly Sheet[]): string[] {
  const taken = new Set<string>();
  return sheets.map(({ name }) => {
    const plain = name.replace(/[\p{Cc}[\]:*?/\\]|^'|'$/gu, '_').trim() || 'Sheet';
    for (let number = 1; ; number++) {
      const suffix = number === 1 ? '' : ` (${number})`;
      const unique = cut(plain, LONGEST_NAME - suffix.length) + suffix;
      if (taken.has(unique.toLowerCase())) continue;
      taken.add(unique.toLowerCase());
      return unique;
    }
  });
}
