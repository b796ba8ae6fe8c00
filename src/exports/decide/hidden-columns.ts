/** Privacy rules for the columns of exports: what they may name, and which one a column has. Pure. */
import { ConfigError } from '../../core/errors.ts';
import { type Hash, mask, type PrivacyRule } from '../../loaders/privacy/mask.ts';
import { columnNamed, type ExportColumn } from './columns.ts';
import type { ExportDefinition } from './definition.ts';

/** What becomes of the cells of a column. */
export type HideCell = (text: string) => string | null;

/** @throws ConfigError where a rule names what loading works with, or there is no key to hash with. */
export function checkHidden(definitions: readonly ExportDefinition[], hasKey: boolean): void {
  for (const { name, hide = {}, window, key, types } of definitions) {
    for (const [column, rule] of Object.entries(hide)) {
      const setting = `exports.${name}.hide`;
      if (rule === 'hash' && !hasKey)
        throw new ConfigError(
          `${setting} hashes ${JSON.stringify(column)}, but there is no key to hash with.`,
          {
            advice: 'Set SIGMA_SYNC_PRIVACY_KEY (or SIGMA_SYNC_PRIVACY_KEY_FILE), or drop the column.',
          },
        );
      if (window?.column === column)
        throw new ConfigError(`${setting} can't ${rule} ${JSON.stringify(column)}: the window uses it.`);
      if (rule === 'drop' && key.includes(column))
        throw new ConfigError(`${setting} can't drop ${JSON.stringify(column)}: it is part of the key.`, {
          advice: 'Hash it: equal values stay equal.',
        });
      const type = types[column];
      if (rule === 'hash' && type !== undefined && type !== 'text')
        throw new ConfigError(
          `${setting} can't hash ${JSON.stringify(column)}: its declared type is ${type}.`,
          {
            advice: 'Take it out of types, or drop the column.',
          },
        );
    }
  }
}

/** The rule of a column, which settings name by its label or by its name in the table. */
export function ruleOf(
  { hide = {} }: ExportDefinition,
  label: string,
  name: string | undefined,
): PrivacyRule | undefined {
  if (Object.hasOwn(hide, label)) return hide[label];
  return name !== undefined && Object.hasOwn(hide, name) ? hide[name] : undefined;
}

/** What a rule makes of a cell; undefined without one. */
export function hiderOf(rule: PrivacyRule | undefined, hash: Hash = withoutKey): HideCell | undefined {
  if (rule === undefined) return undefined;
  return (text) => {
    const hidden = mask(text, rule, hash);
    return typeof hidden === 'string' ? hidden : null;
  };
}

const withoutKey: Hash = () => {
  throw new Error('there is no key to hash with');
};

/** A name that no column has would hide nothing. @throws ConfigError */
export function requireHidden({ name, hide = {} }: ExportDefinition, columns: readonly ExportColumn[]): void {
  for (const column of Object.keys(hide)) columnNamed(columns, column, `exports.${name}.hide`);
}

/** True where the cells of an export must be looked at one by one. */
export function hidesSome({ hide = {} }: ExportDefinition): boolean {
  return Object.keys(hide).length > 0;
}
