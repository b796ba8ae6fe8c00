import { shortIdIn } from '../../../sigma/ids.ts';
import { authorship, boolean, derived, integer, json, text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { entryText } from '../shared/entry-text.ts';
import { everyonesFirst } from '../shared/visible-listings.ts';

/**
 * Deprecated in favour of data models since June 2026; the last three fields before the authorship came with that, and later the owner. [SDK]
 */
export const datasets = defineStream({
  name: 'datasets',
  description: 'Datasets, which Sigma replaces by data models, with the state of their migration.',
  key: ['dataset_id'],
  identifies: { id: 'dataset_id', urlId: 'dataset_url_id' },
  sources: everyonesFirst('/v2/datasets', [{}]),
  ending: 'Datasets cannot be used any more since September 2026.',
  get: '/v2/datasets/{dataset_id}',
  fields: {
    datasetId: text('Unique id of the dataset'),
    datasetUrlId: derived(text('Short id: the end of its address in the browser'), (entry) =>
      shortIdIn(entryText(entry, 'url') ?? ''),
    ),
    name: text('Title'),
    description: text('Description'),
    url: text('Address in the browser'),
    isArchived: boolean('True once it is archived; its sources are kept as last seen'),
    path: text('Folders that lead to it'),
    owner: text('Member who owns it', 'owner_id'),
    referenceCount: integer('Number of documents that use it'),
    migrationStatus: text('not-required, not-migrated or migrated'),
    migrationToDataModel: json('Its migration: dataModelId, dataModelUrl, migratedAt, migratedBy'),
    ...authorship,
  },
});
