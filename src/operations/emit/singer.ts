/** Singer's messages, one JSON object a line: SCHEMA, RECORD, ACTIVATE_VERSION, STATE. */
import type { EmissionFormat, Sending } from './emission.ts';
import type { EmissionState } from './emission-state.ts';
import { SDC_DELETED_AT, singerSchema } from './singer-catalog.ts';
import type { WriteText } from './write-to.ts';

/** Rows of one emission, for a target. */
export function singerFormat(write: WriteText, now: () => Date): EmissionFormat {
  const message = (value: object): Promise<void> => write(`${JSON.stringify(value)}\n`);
  const activate = ({ table, version }: Sending): Promise<void> =>
    message({ type: 'ACTIVATE_VERSION', stream: table.name, version });
  const state = (value: EmissionState): Promise<void> => message({ type: 'STATE', value });
  // Targets look at a table for each SCHEMA. One of which nothing changed gets no message at all.
  let [isOpen, isTold] = [false, true];
  const open = async ({ table }: Sending): Promise<void> => {
    if (isOpen) return;
    [isOpen, isTold] = [true, false];
    await message({
      type: 'SCHEMA',
      stream: table.name,
      schema: singerSchema(table),
      key_properties: table.key,
      bookmark_properties: [],
    });
  };
  return {
    deletedField: SDC_DELETED_AT,
    async begin(sending) {
      isOpen = false;
      if (sending.isFull) await open(sending);
    },
    begun: state,
    async rows(sending, rows) {
      await open(sending);
      const { table, version } = sending;
      const before = `{"type":"RECORD","stream":${JSON.stringify(table.name)},"version":${version},"time_extracted":"${now().toISOString()}","record":`;
      await write(rows.map((row) => `${before}${row}}\n`).join(''));
    },
    // Rows of earlier versions are gone then. Without this message a target keeps what it had.
    end: async (sending) => (sending.isFull ? activate(sending) : undefined),
    async state(value, isLast) {
      if (isTold && !isLast) return;
      isTold = true;
      await state(value);
    },
  };
}
