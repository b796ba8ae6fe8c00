/**
 * Several simulators in one process of their own. It prints their addresses, and ends with the process that started
 * it.
 */
import { startSimulator } from '../../simulator/server.ts';

const [first = 0, count = 0, workbooks = 0, latencyMs = 0] = process.argv.slice(2).map(Number);
const started = [];
for (let index = first; index < first + count; index++) {
  const { url, clientId, clientSecret } = await startSimulator({
    organization: { seed: index, workbooks, members: 40, teams: 8, grants: 3 * workbooks },
    ...{ clientId: `client-${index}`, clientSecret: `secret-of-${index}-0123456789`, latencyMs },
  });
  started.push({ base_url: url, client_id: clientId, client_secret: clientSecret });
}
process.send?.(started);
process.on('disconnect', () => process.exit());
