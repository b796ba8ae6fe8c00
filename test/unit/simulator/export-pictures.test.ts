/** PDF and PNG files: that they are valid, say what they show, and have the size that was asked for. */
import { crc32, inflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { contentOf } from '../../../simulator/streams/shared/contents.ts';
import type { Client, Json } from './api.ts';
import { fileOf, openExports, requestExport } from './exports.ts';

const NAME = 'Umsätze (売上) \\ 💡';

interface Places {
  readonly workbookId: string;
  readonly elementId: string;
  readonly pageId: string;
  /** From the workbook down. */
  readonly names: readonly [string, string, string];
}

async function withElement(seed = 1): Promise<{ client: Client; at: Places }> {
  const client = await openExports({ organization: { workbooks: 20, seed } });
  const spec = { name: NAME, columns: ['n'], count: 1, rows: () => ['1'] };
  const place = client.simulator.organization.addExport(spec);
  const [page] = await client.all(`/v2/workbooks/${place.workbookId}/pages`);
  const [pageId, name] = [String(page?.['pageId']), String(page?.['name'])];
  return { client, at: { ...place, pageId, names: [NAME, name, NAME] } };
}

interface PngChunk {
  readonly type: string;
  readonly data: Buffer;
}

function chunksOf(file: Buffer): PngChunk[] {
  expect(file.subarray(0, 8)).toEqual(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'));
  const chunks: PngChunk[] = [];
  for (let at = 8; at < file.length; ) {
    const length = file.readUInt32BE(at);
    const typed = file.subarray(at + 4, at + 8 + length);
    expect(crc32(typed)).toBe(file.readUInt32BE(at + 8 + length));
    chunks.push({ type: typed.toString('latin1', 0, 4), data: typed.subarray(4) });
    at += 12 + length;
  }
  return chunks;
}

test.each<[asked: Json, width: number, height: number]>([
  [{}, 1024, 768],
  [{ pixelWidth: 640, pixelHeight: 481 }, 640, 481],
  [{ pixelWidth: 1, pixelHeight: 1 }, 1, 1],
  [{ pixelWidth: 99.5 }, 100, 768],
  [{ pixelWidth: 0, pixelHeight: 1e9 }, 1, 4096],
])('a PNG of the size %j', async (asked, width, height) => {
  const { client, at } = await withElement();
  const { elementId, workbookId, names } = at;
  const { bytes } = await fileOf(client, workbookId, { elementId, format: { type: 'png', ...asked } });
  const [header, title, data, end, ...others] = chunksOf(bytes);
  expect([header, title, data, end, ...others].map((chunk) => chunk?.type)).toEqual([
    ...['IHDR', 'iTXt', 'IDAT', 'IEND'],
  ]);
  expect([header?.data.readUInt32BE(0), header?.data.readUInt32BE(4)]).toEqual([width, height]);
  // Eight bits of grey; nothing else is chosen.
  expect([...(header?.data.subarray(8) ?? [])]).toEqual([8, 0, 0, 0, 0]);
  expect(title?.data.toString()).toBe(`Title\0\0\0\0\0${names.join(' / ')}`);
  const rows = inflateSync(data?.data ?? '');
  expect(rows.length).toBe(height * (width + 1));
  for (let y = 0; y < height; y++) if (rows[y * (width + 1)] !== 0) throw new Error(`row ${y} has a filter`);
});

test('a PNG of a page, and what it is of shows in it', async () => {
  const { client, at } = await withElement();
  const { elementId, pageId, workbookId, names } = at;
  const format = { type: 'png' };
  const page = await fileOf(client, workbookId, { pageId, format });
  const element = await fileOf(client, workbookId, { elementId, format });
  const of = (file: Buffer, type: string): Buffer | undefined =>
    chunksOf(file).find((chunk) => chunk.type === type)?.data;
  expect(of(page.bytes, 'iTXt')?.toString()).toMatch(new RegExp(` / ${names[1]}$`));
  expect(of(page.bytes, 'IDAT')).not.toEqual(of(element.bytes, 'IDAT'));
  expect(page.headers.get('content-type')).toBe('image/png');
  expect(page.headers.get('content-disposition')).toContain(`filename="${names[1]}.png"`);
});

/** Objects by their numbers, each found at the offset that the table has for it, and the trailer. */
function pdfOf(file: Buffer): { objects: Map<number, string>; trailer: string } {
  const text = file.toString('latin1');
  expect(text).toMatch(/^%PDF-1\.4\n/);
  expect(text.endsWith('%%EOF\n')).toBe(true);
  const start = Number(/\nstartxref\n(\d+)\n%%EOF\n$/.exec(text)?.[1]);
  const table = text.slice(start);
  const size = Number(/^xref\n0 (\d+)\n/.exec(table)?.[1]);
  const entries = [...table.matchAll(/(\d{10}) (\d{5}) ([fn]) \n/g)];
  expect(entries).toHaveLength(size);
  expect(entries[0]?.[0]).toBe('0000000000 65535 f \n');
  const objects = new Map<number, string>();
  for (const [number, [, offset]] of entries.entries()) {
    if (number === 0) continue;
    const object = text.slice(Number(offset), start);
    expect(object.startsWith(`${number} 0 obj\n`)).toBe(true);
    objects.set(number, object.slice(object.indexOf('\n') + 1, object.indexOf('\nendobj\n')));
  }
  const trailer = /\ntrailer\n(.*)\nstartxref/s.exec(table)?.[1] ?? '';
  expect(trailer).toContain(`/Size ${size} `);
  return { objects, trailer };
}

/** The object that `key` of a dictionary names. */
function named(pdf: ReturnType<typeof pdfOf>, dictionary: string, key: string): string {
  const object = pdf.objects.get(Number(new RegExp(`/${key} (\\d+) 0 R`).exec(dictionary)?.[1]));
  if (object === undefined) throw new Error(`there is no ${key} in ${dictionary}`);
  return object;
}

function property(info: string, key: string): string {
  const hex = new RegExp(`/${key} <FEFF([0-9A-F]*)>`).exec(info)?.[1] ?? '';
  return Buffer.from(hex, 'hex').swap16().toString('utf16le');
}

test.each([
  ['portrait', 612, 792],
  ['landscape', 792, 612],
])('a PDF of an element, a page and a workbook: %s', async (layout, width, height) => {
  const { client, at } = await withElement();
  const { elementId, pageId, workbookId, names } = at;
  for (const [name, place] of [
    [names[2], { elementId }],
    [names[1], { pageId }],
    [names[0], {}],
  ] as const) {
    const { bytes, headers } = await fileOf(client, workbookId, {
      ...place,
      format: { type: 'pdf', layout },
    });
    const pdf = pdfOf(bytes);
    const pages = named(pdf, named(pdf, pdf.trailer, 'Root'), 'Pages');
    expect(pages).toContain(`/Count 1 /MediaBox [0 0 ${width} ${height}]`);
    const info = named(pdf, pdf.trailer, 'Info');
    expect(['Title', 'Subject', 'Keywords'].map((key) => property(info, key))).toEqual(names);
    const page = pdf.objects.get(Number(/\/Kids \[(\d+) 0 R\]/.exec(pages)?.[1])) ?? '';
    const content = named(pdf, page, 'Contents');
    const [, length, stream = ''] = /^<< \/Length (\d+) >>\nstream\n(.*)\nendstream$/s.exec(content) ?? [];
    expect(stream.length).toBe(Number(length));
    expect(stream).toContain('(Ums\xe4tze \\(??\\) \\\\ ?) Tj');
    expect(stream).toContain(`(${names[1]}) Tj`);
    expect(headers.get('content-type')).toBe('application/pdf');
    expect(headers.get('content-disposition')).toContain(`filename*=UTF-8''${encodeURIComponent(name)}.pdf`);
  }
});

test('a PDF of a workbook has a page for each of its pages', async () => {
  const client = await openExports({ organization: { workbooks: 30 } });
  const counts = new Set<number>();
  for (const workbook of client.simulator.organization.workbooks.list.toArray()) {
    if (workbook.archived) continue;
    const format = { type: 'pdf', layout: 'portrait' };
    const pdf = pdfOf((await fileOf(client, workbook.id, { format })).bytes);
    const content = contentOf(client.simulator.organization, workbook);
    const pages = [...pdf.objects.values()].filter((object) => object.startsWith('<< /Type /Page /'));
    expect(pages).toHaveLength(content.length);
    const info = named(pdf, pdf.trailer, 'Info');
    expect(property(info, 'Subject').split('\n')).toEqual(content.map(({ page }) => page['name']));
    counts.add(pages.length);
  }
  expect(counts.size).toBeGreaterThan(1);
});

test('pictures are the same for a seed, and of elements without data as well', async () => {
  const [one, two] = [await withElement(4), await withElement(4)];
  for (const format of [{ type: 'png' }, { type: 'pdf', layout: 'portrait' }]) {
    const files = [one, two].map(({ client, at: { workbookId, elementId } }) =>
      fileOf(client, workbookId, { elementId, format }),
    );
    const [first, second] = await Promise.all(files);
    expect(first?.bytes).toEqual(second?.bytes);
    const all = one.client.simulator.organization.truth('workbook_elements');
    const text = all.find(({ type }) => type === 'text');
    const body = { elementId: text?.['elementId'], format };
    const reply = (more: Json): ReturnType<typeof requestExport> =>
      requestExport(one.client, String(text?.['workbookId']), { ...body, ...more });
    expect((await reply({})).status).toBe(200);
    const refused = await reply({ format: { type: 'xlsx' } });
    expect([refused.status, refused.body['message']]).toEqual([400, expect.stringContaining('elementId')]);
  }
  const missing = await requestExport(one.client, one.at.workbookId, {
    pageId: 'none',
    format: { type: 'png' },
  });
  expect([missing.status, missing.body['message']]).toEqual([404, expect.stringContaining('pageId')]);
});
