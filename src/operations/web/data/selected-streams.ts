/** Streams that the settings select. */
import type { App } from '../../../app.ts';
import { catalogue } from '../../../extractors/catalogue.ts';
import type { Stream } from '../../../extractors/stream.ts';
import { selectStreams } from '../../../sync/select-streams.ts';

/** Those that a sync reads by itself. */
export function selectedStreams(app: App): readonly Stream[] {
  return selectStreams(catalogue, [], app.config.sync);
}

/** Names of all streams there are. */
export const STREAM_NAMES: ReadonlySet<string> = new Set(catalogue.map(({ name }) => name));
