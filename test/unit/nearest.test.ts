import { expect, it } from 'vitest';
import { suggestion } from '../../src/core/nearest.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';

const NAMES = catalogue.map(({ name }) => name);

it.each([
  ['workbok', ' Did you mean workbooks?'],
  ['workboks', ' Did you mean workbooks?'],
  ['team_membrs', ' Did you mean team_members?'],
  ['member-favorite', ' Did you mean member_favorites?'],
  ['Elements', ' Did you mean report_elements, workbook_elements or data_model_elements?'],
  ['bookmarks', ' Did you mean workbook_bookmarks?'],
])('%s: %s', (name, expected) => {
  expect(suggestion(NAMES, name)).toBe(expected);
});

it('names three where none is near', () => {
  expect(suggestion(NAMES, 'zzzzzzzzz')).toMatch(/^ The nearest are (\w+, ){2}\w+\.$/);
});
