// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables in the settings file look like that.
/** docs/alerts.md: its settings load, and its JSON is what receivers get. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load-config.ts';
import { compileAlerts } from '../../../src/config/receivers.ts';
import type { Config } from '../../../src/config/schema.ts';
import { ALERT_EVENTS } from '../../../src/config/service-schema.ts';
import { type AlertItem, jsonOf, messageOf, senderOf } from '../../../src/operations/alerts/message.ts';

const TEXT = readFileSync(resolve(import.meta.dirname, '../../../docs/alerts.md'), 'utf8');
const block = (language: string): string =>
  new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(TEXT)?.[1] ?? '';

function settings(): Config {
  const cwd = mkdtempSync(join(tmpdir(), 'alerts-'));
  try {
    writeFileSync(join(cwd, 's.yaml'), block('yaml'));
    const env = {
      SLACK_URL: 'https://hooks.example.com/x',
      SMTP_PASSWORD: 'secret',
      SIGMA_REGION: 'aws-us-west',
    };
    return loadConfig({ cwd, env, file: 's.yaml' });
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

it('has a receiver of each kind, and names every event', () => {
  const receivers = compileAlerts(settings().alerts);
  expect(receivers.map(({ channel }) => channel.kind)).toEqual(['webhook', 'slack', 'email', 'command']);
  for (const event of ALERT_EVENTS) expect(TEXT).toContain(`| \`${event}\` |`);
});

it('has the JSON that receivers get', () => {
  const documented = JSON.parse(block('json')) as { sent_at: string; alerts: Record<string, string>[] };
  const alerts = documented.alerts.map(
    ({ kind, state, subject = '', detail = '', since = '', run_id: runId }) => {
      return { kind, state, subject, detail, since: new Date(since), runId } as AlertItem;
    },
  );
  const sender = senderOf(settings(), 'sync-1');
  const message = messageOf(sender, alerts, new Date(documented.sent_at), (text) => text);
  expect(JSON.stringify(jsonOf(message), null, 2)).toBe(block('json').trim());
});
