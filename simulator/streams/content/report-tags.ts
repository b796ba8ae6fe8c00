/** Tags of every report. Each makes a tagged version, which is a report of its own. */
import { reportParent } from '../shared/report-table.ts';
import { BY_TOKEN, childStream, type Stream } from '../stream.ts';
import { changes, tagEntries } from './reports.ts';

export const reportTags = {
  ...childStream(reportParent, {
    paths: [{ path: '/v2/reports/{reportId}/tags', novelty: 'reports', ...BY_TOKEN }],
    list: tagEntries,
  }),
  mutations: { tagReport: { ...changes.tag, chance: 1 }, untagReport: changes.untag },
} satisfies Stream;
