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
  return {
    deletedField: SDC_DELETED_AT,
    async begin(sending) {
      const { table } = sending;
      await message({
        type: 'SCHEMA',
        stream: table.name,
        schema: singerSchema(table),
        key_properties: table.key,
        bookmark_properties: [],
      });
    },
    async rows({ table, version }, rows) {
      const before = `{"type":"RECORD","stream":${JSON.stringify(table.name)},"version":${version},"time_extracted":"${now().toISOString()}","record":`;
      await write(rows.map((row) => `${before}${row}}\n`).join(''));
    },
    // Rows of earlier versions are gone then. Without this message a target keeps what it had.
    end: async (sending) => (sending.isFull ? activate(sending) : undefined),
    begun: state,
    state,
  };
}
