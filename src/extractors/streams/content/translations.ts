import { authorship, derived, text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { entryText } from '../shared/entry-text.ts';

/** A translation has no id: language and variant name it, as they do in the path of a single one. [spec] */
export function translationKey(entry: Readonly<Record<string, unknown>>): string | undefined {
  const [language, variant] = [entryText(entry, 'lng'), entryText(entry, 'lng_variant')];
  return language === undefined || variant === undefined ? language : `${language}/${variant}`;
}

export const translations = defineStream({
  name: 'translations',
  description: 'Translations the organization has for its texts: one row per language and variant.',
  key: ['translation_key'],
  sources: [{ name: 'organization', listings: [{ path: '/v2/translations/organization', paging: 'page' }] }],
  fields: {
    translationKey: derived(text('lng, or lng/lng_variant if there is a variant'), translationKey),
    lng: text('Language, as it was given'),
    locale: text('Language in the form that addresses take: en-gb'),
    lng_variant: text('Name of the variant, or null'),
    ...authorship,
  },
});
