/** A reader of ZIP and XLSX files that knows nothing of the simulator's writer. It fails where it is not sure. */
import { crc32 } from 'node:zlib';

/** A cell of a sheet; a date is in milliseconds since 1970, with the code of its format. */
export type SheetCell = string | number | boolean | { readonly at: number; readonly code: string };

const DAY = 86_400_000;

export interface ReadSheet {
  readonly name: string;
  /** By row and column, from the top left; what has no cell is undefined. */
  readonly rows: readonly (readonly (SheetCell | undefined)[])[];
}

/** Entries by their names, found by way of the central directory, with sizes, offsets and checksums compared. */
export function unzip(file: Buffer): Map<string, Buffer> {
  const end = file.lastIndexOf(Buffer.from('PK\x05\x06'));
  same(end, file.length - 22, 'place of the end record');
  const count = file.readUInt16LE(end + 10);
  const size = file.readUInt32LE(end + 12);
  const entries = new Map<string, Buffer>();
  let at = file.readUInt32LE(end + 16);
  let next = 0;
  same(at + size, end, 'end of the directory');
  for (let i = 0; i < count; i++) {
    same(file.readUInt32LE(at), 0x02014b50, 'signature of the directory');
    const nameLength = file.readUInt16LE(at + 28);
    const name = file.toString('utf8', at + 46, at + 46 + nameLength);
    const offset = file.readUInt32LE(at + 42);
    same(offset, next, `offset of ${name}`);
    same(file.readUInt32LE(offset), 0x04034b50, `signature of ${name}`);
    same(file.readUInt16LE(offset + 8), 0, `method of ${name}`);
    // Version, flags, method, time, checksum, sizes and lengths are in both places.
    const [local, central] = [file.subarray(offset + 4, offset + 30), file.subarray(at + 6, at + 32)];
    same(local.toString('hex'), central.toString('hex'), `header of ${name}`);
    const start = offset + 30 + nameLength + file.readUInt16LE(offset + 28);
    const data = file.subarray(start, start + file.readUInt32LE(offset + 18));
    same(crc32(data), file.readUInt32LE(offset + 14), `checksum of ${name}`);
    if (entries.has(name)) throw new Error(`${name} is there twice`);
    entries.set(name, data);
    next = start + data.length;
    at += 46 + nameLength + file.readUInt16LE(at + 30) + file.readUInt16LE(at + 32);
  }
  same(at, end, 'size of the directory');
  return entries;
}

/** The sheets of a workbook, in its order, found by way of its relations. */
export function readXlsx(file: Buffer): ReadSheet[] {
  const entries = unzip(file);
  const part = (name: string): string => {
    const data = entries.get(name);
    if (data === undefined) throw new Error(`${name} is missing`);
    return data.toString();
  };
  const types = part('[Content_Types].xml');
  const targets = relationsOf(part('_rels/.rels'));
  same([...targets.values()].join(), 'xl/workbook.xml', 'target of the package');
  const parts = relationsOf(part('xl/_rels/workbook.xml.rels'));
  const styles = part('xl/styles.xml');
  const codes = new Map(
    tags(styles, 'numFmt').map(({ numFmtId, formatCode }) => [String(numFmtId), String(formatCode)]),
  );
  const formats = tags(styles.slice(styles.indexOf('<cellXfs')), 'xf').map(
    ({ numFmtId }) => codes.get(String(numFmtId)) ?? '',
  );
  return tags(part('xl/workbook.xml'), 'sheet').map((sheet) => {
    const name = `xl/${parts.get(String(sheet['r:id']))}`;
    if (!types.includes(`PartName="/${name}"`)) throw new Error(`${name} has no type`);
    return { name: String(sheet['name']), rows: rowsOf(part(name), formats) };
  });
}

function rowsOf(xml: string, formats: readonly string[]): ReadSheet['rows'] {
  const rows: (SheetCell | undefined)[][] = [];
  for (const [, number = '', inner = ''] of xml.matchAll(/<row r="(\d+)">(.*?)<\/row>/gs)) {
    same(Number(number), rows.length + 1, 'number of a row');
    const row: (SheetCell | undefined)[] = [];
    for (const [, letters = '', at, attributes = '', content = ''] of inner.matchAll(
      /<c r="([A-Z]+)(\d+)"([^>]*)>(.*?)<\/c>/gs,
    )) {
      same(at, number, 'row of a cell');
      const column = [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
      row[column] = cellOf(attributes, content, formats);
    }
    rows.push(Array.from(row));
  }
  return rows;
}

function cellOf(attributes: string, content: string, formats: readonly string[]): SheetCell {
  const { t = 'n', s } = tags(`<c${attributes}>`, 'c')[0] ?? {};
  const value = /^<v>([^<]*)<\/v>$/.exec(content)?.[1];
  const text = /^<is><t xml:space="preserve">([^<]*)<\/t><\/is>$/s.exec(content)?.[1];
  if (t === 'inlineStr' && text !== undefined) return decoded(text);
  if (t === 'b' && (value === '0' || value === '1')) return value === '1';
  if (t !== 'n' || value === undefined || value === '') throw new Error(`what is ${attributes}${content}?`);
  if (s === undefined) return Number(value);
  // Excel counts days, with fractions that are not exact.
  return { at: Math.round(Number(value) * DAY) + Date.UTC(1899, 11, 30), code: formats[Number(s)] ?? '' };
}

function relationsOf(xml: string): Map<string, string> {
  return new Map(tags(xml, 'Relationship').map(({ Id, Target }) => [String(Id), String(Target)]));
}

function tags(xml: string, name: string): Record<string, string>[] {
  return [...xml.matchAll(new RegExp(`<${name}((?: [\\w:]+="[^"<]*")*)/?>`, 'g'))].map(
    ([, attributes = '']) =>
      Object.fromEntries(
        [...attributes.matchAll(/ ([\w:]+)="([^"]*)"/g)].map(([, key = '', value = '']) => [
          key,
          decoded(value),
        ]),
      ),
  );
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"' };

/** First what XML means, then what a spreadsheet means by `_xHHHH_`. */
function decoded(xml: string): string {
  if (/[^\t\n\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(xml))
    throw new Error(`this is no XML: ${JSON.stringify(xml)}`);
  return xml
    .replace(/&(\w*);?/g, (_, name: string) => {
      const entity = ENTITIES[name];
      if (entity === undefined) throw new Error(`what is &${name}?`);
      return entity;
    })
    .replace(/_x([0-9A-Fa-f]{4})_/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function same(one: unknown, other: unknown, what: string): void {
  if (one !== other) throw new Error(`${what}: ${one}, not ${other}`);
}
