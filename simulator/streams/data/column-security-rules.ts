/** Rules on who may see which column of a data model. Nobody has seen the fields: these are the simulator's own. */
import { Refusal } from '../../http/answer.ts';
import { param } from '../../http/endpoint.ts';
import { entriesListing } from '../../http/listing.ts';
import type { Entry } from '../../store/entry.ts';
import { hash, Random } from '../../store/random.ts';
import type { Store } from '../../store/store.ts';
import type { ElementEntry } from '../shared/added-content.ts';
import { contentOf, dataElements } from '../shared/contents.ts';
import { type DataModel, dataModelParent } from '../shared/data-documents.ts';
import { PAGED, type Stream } from '../stream.ts';

/** A third of the elements have rules. */
function rulesOf(store: Store, { elementId, columns = [] }: ElementEntry): Entry[] {
  const count = hash(store.seed, elementId, 'rules') % 3 === 0 ? Math.min(2, columns.length) : 0;
  return columns.slice(0, count).map((column) => ({
    columnSecurityRuleId: new Random(store.seed, 'rules', elementId, column).uuid(),
    column,
  }));
}

const elementsWithData = (store: Store, model: DataModel): ElementEntry[] =>
  dataElements(contentOf(store, model));

export const columnSecurityRules = {
  endpoints: [
    {
      path: '/v2/dataModels/{dataModelId}/elements/{elementId}/columnSecurityRules',
      ...PAGED,
      novelty: 'administration',
      list(call) {
        const elements = elementsWithData(call.store, dataModelParent.find(call));
        const wanted = param(call, 'elementId');
        const element = elements.find(({ elementId }) => elementId === wanted);
        if (element === undefined) throw new Refusal(404, 'element not found');
        return entriesListing(rulesOf(call.store, element));
      },
    },
  ],
  *truth(store) {
    for (const model of dataModelParent.all(store))
      for (const element of elementsWithData(store, model))
        for (const rule of rulesOf(store, element))
          yield { dataModelId: model.id, elementId: element.elementId, ...rule };
  },
} satisfies Stream;
