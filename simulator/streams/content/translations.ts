/** Translations of the organization, by language and variant. */
import { type Entry, type Stamped, stamps, stampsBy } from '../../store/entry.ts';
import { type Store, tableOf } from '../../store/store.ts';
import { deletion, mutation } from '../mutation.ts';
import { PAGED_MORE, rootStream, type Stream } from '../stream.ts';

interface Translation extends Stamped {
  readonly language: string;
  readonly variant: string | null;
}

const LANGUAGES = ['en', 'de', 'fr', 'ja', 'pt-BR'] as const;

const translationsOf = tableOf<Translation>();

/** The API spells these fields so. */
function render(_: Store, translation: Translation): Entry {
  const { language, variant } = translation;
  return { lng: language, locale: language, lng_variant: variant, ...stamps(translation) };
}

export const translations = {
  ...rootStream({
    paths: [{ path: '/v2/translations/organization', ...PAGED_MORE }],
    table: translationsOf,
    render,
    derive: ({ lng, lng_variant: variant }) => ({
      translationKey: variant === null ? lng : `${lng}/${variant}`,
    }),
  }),
  make(store) {
    const random = store.generator('access');
    for (const [i, language] of LANGUAGES.slice(0, 4).entries())
      for (const variant of i % 2 === 0 ? [null] : [null, `formal-${i}`]) {
        const place = { order: store.nextOrder(), id: random.uuid() };
        translationsOf(store).add({ ...place, language, variant, ...stampsBy(random, store.ownerId) });
      }
  },
  mutations: {
    /** Adds a variant of a language's translation. */
    addTranslation: mutation(1, ['language', 'variant'], (store, language, variant) => {
      const { random } = store;
      const translation = {
        order: store.nextOrder(),
        id: random.uuid(),
        language: language ?? random.pick(LANGUAGES),
        variant: variant ?? `v${random.below(1e9)}`,
        ...store.fresh(),
      };
      translationsOf(store).add(translation);
      return translation.id;
    }),
    changeTranslation: mutation(1, ['id'], (store, id) => {
      const translation = store.chosen(translationsOf(store), id);
      store.touch(translation);
      return translation.id;
    }),
    deleteTranslation: deletion(translationsOf),
  },
} satisfies Stream;
