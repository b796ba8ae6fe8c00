/**
 * A table of any number of rows that costs next to nothing to serve: blocks of it are encoded once, and only the ids
 * in them are replaced. Its rows differ by their id and repeat otherwise after `PERIOD`.
 */
import { DAY, EPOCH } from '../store/entry.ts';
import type { Cell, ExportColumn, ExportTable, Format, LineEnd, Preencoded } from '../store/export-table.ts';
import { AWKWARD } from '../store/names.ts';
import { Random } from '../store/random.ts';
import { type Encoder, encoderOf } from './export-encode.ts';

const BLOCK = 1000;
const BLOCKS = 16;
const PERIOD = BLOCK * BLOCKS;
/** All ids have as many digits, the last three of which count the rows of a block. */
const FIRST_ID = 1_000_000_000_000;
const HIGH_DIGITS = 10;
const ZERO = 48;

const COLUMNS: readonly ExportColumn[] = [
  { label: 'id', type: 'number' },
  { label: 'order_number', type: 'number' },
  { label: 'amount', type: 'number', format: 'currency' },
  { label: 'discount', type: 'number', format: 'percent' },
  { label: 'region', type: 'text' },
  { label: 'customer', type: 'text' },
  { label: 'note', type: 'text' },
  { label: 'is_open', type: 'boolean' },
  { label: 'is_paid', type: 'boolean' },
  { label: 'ordered_on', type: 'date' },
  { label: 'created_at', type: 'datetime' },
  { label: 'updated_at', type: 'datetime' },
];

const REGIONS = ['EMEA', 'APAC', 'Americas', 'DACH', 'Nordics', 'LATAM'] as const;

interface Block {
  readonly bytes: Buffer;
  /** Offsets of the rows, with the end of the last one; and offsets of their ids. */
  readonly starts: readonly number[];
  readonly ids: readonly number[];
}

/** Bigint, numeric, text, boolean, date and timestamptz columns, twelve in all; some are null now and then. */
export function bigTable(seed: number, rows: number): Omit<ExportTable, 'controls'> {
  const known = new Map<string, readonly Block[]>();
  const blocksOf = (format: Format, lineEnd: LineEnd): readonly Block[] => {
    const key = `${format} ${lineEnd}`;
    const blocks = known.get(key) ?? made(seed, encoderOf(COLUMNS, { format, lineEnd, formatted: false }));
    known.set(key, blocks);
    return blocks;
  };
  const preencoded: Preencoded = (format, lineEnd, from, to) => patched(blocksOf(format, lineEnd), from, to);
  const row = (i: number): readonly Cell[] => cellsOf(seed, i);
  return { columns: COLUMNS, count: rows, sparse: false, row, totals: false, preencoded };
}

function cellsOf(seed: number, i: number): readonly Cell[] {
  const random = new Random(seed, 'big', i % PERIOD);
  const some = (cell: Cell): Cell => (random.next() < 0.1 ? null : cell);
  const day = EPOCH + random.below(365) * DAY;
  const createdAt = day + random.below(DAY);
  return [
    FIRST_ID + i,
    9_007_199_254_740_993n + BigInt(random.uint32()),
    random.below(100_000_000) / 100,
    some(random.below(100) / 100),
    random.pick(REGIONS),
    `Customer ${random.base62(12)}`,
    random.next() < 0.02 ? random.pick(AWKWARD) : some(random.base62(random.below(30))),
    random.next() < 0.5,
    some(random.next() < 0.5),
    new Date(day),
    new Date(createdAt),
    some(new Date(createdAt + random.below(30 * DAY))),
  ];
}

function made(seed: number, encoder: Encoder): Block[] {
  return Array.from({ length: BLOCKS }, (_, block) => {
    const rows = Array.from({ length: BLOCK }, (_, i) => {
      const text = encoder.between + encoder.row(cellsOf(seed, block * BLOCK + i));
      return { bytes: Buffer.from(text), id: text.indexOf(String(FIRST_ID + block * BLOCK + i)) };
    });
    const starts = [0];
    const ids: number[] = [];
    for (const { bytes, id } of rows) {
      const start = starts.at(-1) ?? 0;
      // The text before the id is plain ASCII, so its offset is the same in bytes.
      ids.push(start + id);
      starts.push(start + bytes.length);
    }
    return { bytes: Buffer.concat(rows.map(({ bytes }) => bytes)), starts, ids };
  });
}

function* patched(blocks: readonly Block[], from: number, to: number): Generator<Buffer> {
  for (let start = from; start < to; ) {
    const number = Math.floor(start / BLOCK);
    const block = blocks[number % BLOCKS];
    if (block === undefined) return;
    const first = start - number * BLOCK;
    const last = Math.min(BLOCK, first + to - start);
    const begin = block.starts[first] ?? 0;
    const bytes = Buffer.from(block.bytes.subarray(begin, block.starts[last]));
    const high = String(FIRST_ID / BLOCK + number);
    const digits = Array.from({ length: HIGH_DIGITS }, (_, i) => ZERO + Number(high[i]));
    for (let row = first; row < last; row++) {
      const at = (block.ids[row] ?? 0) - begin;
      for (let i = 0; i < HIGH_DIGITS; i++) bytes[at + i] = digits[i] ?? ZERO;
    }
    yield bytes;
    start += last - first;
  }
}
