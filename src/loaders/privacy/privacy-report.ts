/** A list, in words, of the personal data that is kept. */
import type { Stream } from '../../extractors/stream.ts';
import type { Privacy } from './compile-privacy.ts';
import type { PrivacyRule } from './mask.ts';

/**
 * One line: the columns declared to hold personal data that are kept as they are, then what is hashed and dropped.
 *
 * @example 'kept in plain: members (email, first_name); hashed: teams (name); dropped: nothing'
 */
export function describePrivacy(streams: readonly Stream[], privacy: Privacy): string {
  const plain = streams.map((stream): Group => {
    const rules = privacy.of(stream.name)?.rules ?? {};
    const columns = stream.columns.filter(
      ({ name, sensitive }) => sensitive !== undefined && !Object.hasOwn(rules, name),
    );
    return [stream.name, columns.map(({ name }) => name)];
  });
  const by = (rule: PrivacyRule): string =>
    list(
      streams.map(({ name }): Group => {
        const rules = Object.entries(privacy.of(name)?.rules ?? {});
        return [name, rules.filter(([, has]) => has === rule).map(([column]) => column)];
      }),
    );
  return `kept in plain: ${list(plain)}; hashed: ${by('hash')}; dropped: ${by('drop')}`;
}

type Group = readonly [stream: string, names: readonly string[]];

function list(groups: readonly Group[]): string {
  const some = groups.filter(([, names]) => names.length > 0);
  if (some.length === 0) return 'nothing';
  return some.map(([stream, names]) => `${stream} (${names.join(', ')})`).join(', ');
}
