/** Controls of every workbook, which the parameters of an export can name. */
import { type ControlEntry, VALUE_TYPES } from '../../store/export-table.ts';
import { controlName } from '../../store/names.ts';
import { Random } from '../../store/random.ts';
import type { Store } from '../../store/store.ts';
import { addedOf, elementsOf, rootOf, type Versioned } from '../shared/contents.ts';
import { workbookParent } from '../shared/workbook-table.ts';
import { childStream, PAGED } from '../stream.ts';

/** A control per control element, some that are on no page, and those that were added: each with a name of its own. */
export function controlsOf(store: Store, document: Versioned): ControlEntry[] {
  const root = rootOf(document);
  const elements = elementsOf(store, document)
    .filter(({ type }) => type === 'control')
    .map(({ elementId }) => ({ name: `control-${elementId}`, valueType: 'text-list' as const }));
  const random = new Random(store.seed, root, 'controls');
  const loose = Array.from({ length: random.below(4) }, (_, i) => ({
    name: controlName(random, i),
    valueType: new Random(store.seed, root, 'control', i, document.version >> 1).pick(VALUE_TYPES),
  }));
  return [...elements, ...loose, ...addedOf(store).controls(root)];
}

export const workbookControls = childStream(workbookParent, {
  paths: [{ path: '/v2/workbooks/{workbookId}/controls', ...PAGED }],
  list: controlsOf,
});
