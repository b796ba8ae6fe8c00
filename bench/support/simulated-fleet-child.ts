/**
 * Several simulators in one process of their own. It prints their addresses, and ends with the process that started
 * it.
 */
import { type Simulator, startSimulator } from '../../simulator/server.ts';

const [first = 0, count = 0, workbooks = 0, latencyMs = 0] = process.argv.slice(2).map(Number);
const started = [];
const counters: Simulator['counters'][] = [];
for (let index = first; index < first + count; index++) {
  const {
    url,
    clientId,
    clientSecret,
    counters: own,
  } = await startSimulator({
    organization: { seed: index, workbooks, members: 40, teams: 8, grants: 3 * workbooks },
    ...{ clientId: `client-${index}`, clientSecret: `secret-of-${index}-0123456789`, latencyMs },
  });
  counters.push(own);
  started.push({ base_url: url, client_id: clientId, client_secret: clientSecret });
}
process.send?.(started);
// Any message asks for the number of requests so far.
process.on('message', () => {
  process.send?.(counters.reduce((sum, own) => sum + own.requests, 0));
});
process.on('disconnect', () => process.exit());
