// Asks the process of `start` in this container how it is. Any word after the name asks another path: `readyz`.
// Plain JavaScript without dependencies: it runs every half minute.
import { readFileSync } from 'node:fs';

const { SIGMA_SYNC_PORT, SIGMA_SYNC_TOKEN, SIGMA_SYNC_TOKEN_FILE } = process.env;
const path = process.argv[2] ?? 'healthz';
const url = `http://127.0.0.1:${SIGMA_SYNC_PORT || 8080}/${path}`;
const token = SIGMA_SYNC_TOKEN_FILE ? readFileSync(SIGMA_SYNC_TOKEN_FILE, 'utf8').trim() : SIGMA_SYNC_TOKEN;

try {
  const response = await fetch(url, {
    headers: token ? { authorization: `Bearer ${token}` } : {},
    signal: AbortSignal.timeout(4000),
  });
  console.log(`${path}: ${response.status}`);
  process.exitCode = response.ok ? 0 : 1;
} catch (error) {
  console.log(`${path}: ${error.cause?.message ?? error.message}`);
  process.exitCode = 1;
}
