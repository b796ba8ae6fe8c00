/** The messages that receivers read: bounded, without secrets, and with nothing in it that acts. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AlertItem,
  type AlertMessage,
  jsonOf,
  messageOf,
  paragraphsOf,
  summaryOf,
} from '../../../src/operations/alerts/message.ts';
import { cut, oneLine } from '../../../src/operations/alerts/plain-text.ts';
import { mailOf } from '../../../src/operations/alerts/render-mail.ts';
import { slackOf } from '../../../src/operations/alerts/render-slack.ts';

const NOW = new Date('2026-11-24T03:00:00Z');
const SENDER = {
  instance: 'host-1',
  organization: 'aws-api.sigmacomputing.com',
  schema: 'sigma',
  page: 'https://sync.example.com',
};
const item = (changes: Partial<AlertItem> = {}): AlertItem => ({
  ...{ kind: 'staleness', subject: 'stream teams', detail: 'Old.\nNo answer.', since: NOW },
  ...{ state: 'raised', runId: null, ...changes },
});
const message = (...alerts: AlertItem[]): AlertMessage => messageOf(SENDER, alerts, NOW, (text) => text);

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 2000 }),
  fc.constantFrom(
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    'x\r\nBcc: evil@example.com\r\n\r\nbody',
    '<!channel> <@U123> <https://evil.example|click>',
    '@everyone @here `*bold*` [click](https://evil.example)',
    '\u202egnp.exe\u2066',
    '&lt;&amp;'.repeat(400),
    '<'.repeat(5000),
  ),
);
const items = fc.array(
  fc
    .record({
      kind: fc.constantFrom('failure', 'staleness', 'deletion_guard', 'drift', 'test'),
      state: fc.constantFrom('raised', 'lasting', 'recovered'),
      subject: hostile,
      detail: hostile,
    })
    .map((some) => item(some as Partial<AlertItem>)),
  { minLength: 1, maxLength: 60 },
);

describe('plain text', () => {
  it('is one line of visible characters, and never longer than wanted', () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 1, max: 300 }), (text, most) => {
        const line = oneLine(text, most);
        expect(line.length).toBeLessThanOrEqual(most);
        expect(line).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
        expect(line.isWellFormed()).toBe(true);
      }),
    );
    expect(cut('a🙂b', 3)).toBe('a…');
  });
});

describe('a message', () => {
  it('of 47 stale streams is short, and says how many', () => {
    const many = message(...Array.from({ length: 47 }, (_, i) => item({ subject: `stream s${i}` })));
    expect(summaryOf(many)).toBe('47 stale');
    const paragraphs = paragraphsOf(many);
    expect(paragraphs).toHaveLength(1);
    expect(paragraphs[0]?.heading).toMatch(/^47 streams s0, s1, .* s19 and 27 more are stale$/);
    expect(paragraphs[0]?.text).toBe('Old. No answer.');
  });

  it('of one alert is about that', () => {
    const failed = item({ kind: 'failure', subject: 'schedule nightly', runId: 'r1' });
    expect(summaryOf(message(failed))).toBe('schedule nightly failed');
    expect(paragraphsOf(message(failed))).toEqual([
      {
        state: 'raised',
        heading: 'schedule nightly failed',
        text: 'Old. No answer.',
        url: 'https://sync.example.com/runs/r1',
      },
    ]);
    expect(paragraphsOf(message({ ...failed, state: 'recovered' }))[0]).toMatchObject({
      heading: 'schedule nightly works again',
      text: 'The alert was raised at 2026-11-24 03:00 UTC.',
    });
    expect(paragraphsOf(message({ ...failed, state: 'lasting' }))[0]?.text).toBe(
      'Old. No answer. Since 2026-11-24 03:00 UTC.',
    );
  });

  it('of a recovery does not repeat the failure, in words or as JSON', () => {
    const over = message(
      item({ kind: 'failure', state: 'recovered', detail: 'The run failed.\nNo answer.' }),
    );
    const words = JSON.stringify([paragraphsOf(over), slackOf(over), mailOf(over), jsonOf(over)]);
    expect(words).not.toMatch(/The run failed|No answer/);
    expect(jsonOf(over)['alerts']).toMatchObject([
      { state: 'recovered', detail: 'The alert was raised at 2026-11-24 03:00 UTC.' },
    ]);
  });

  it('counts kinds, and tells recoveries last', () => {
    const mixed = message(
      item({ state: 'recovered', kind: 'failure', subject: 'schedule a' }),
      item({ kind: 'drift', subject: 'export b' }),
      item(),
      item({ subject: 'export c', detail: 'Old.\nAnother reason.' }),
    );
    expect(summaryOf(mixed)).toBe('1 drift, 2 stale, 1 recovered');
    expect(paragraphsOf(mixed).map(({ heading }) => heading)).toEqual([
      'export b changed its shape',
      'stream teams is stale',
      'export c is stale',
      'schedule a works again',
    ]);
  });

  it('takes secrets out before it cuts', () => {
    const secret = 'canary-secret';
    const detail = `${'x'.repeat(995)}${secret}`;
    const { alerts } = messageOf(SENDER, [item({ detail, subject: `stream ${secret}` })], NOW, (text) =>
      text.replaceAll(secret, '[redacted]'),
    );
    expect(JSON.stringify(alerts)).not.toContain('cana');
  });

  it('is bounded as JSON', () => {
    const json = jsonOf(message(...Array.from({ length: 150 }, () => item({ detail: 'y'.repeat(9999) }))));
    expect([(json['alerts'] as unknown[]).length, json['omitted']]).toEqual([100, 50]);
    expect(JSON.stringify(json).length).toBeLessThan(150_000);
  });
});

describe('Slack', () => {
  it('gets neither markup nor mentions from names, within its limits', () => {
    fc.assert(
      fc.property(items, (alerts) => {
        const body = slackOf(message(...alerts)) as {
          text: string;
          blocks: { type: string; text?: { type: string; text: string }; elements?: { text: string }[] }[];
        };
        expect(body.text.length).toBeLessThanOrEqual(2000);
        expect(body.blocks.length).toBeLessThanOrEqual(50);
        for (const block of body.blocks) {
          if (block.text === undefined) continue;
          expect(block.text.type).toBe('plain_text');
          expect(block.text.text.length).toBeLessThanOrEqual(block.type === 'header' ? 150 : 3000);
          expect(block.text.text).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/);
        }
        // The rest of it, outside of code, is ours.
        const rest = body.text.replace(/`[^`\n]*`/g, '');
        expect(rest.replaceAll(/https:\/\/sync\.example\.com\S*/g, '')).toMatch(/^[🔴🟠🟢…\s]*$/u);
        expect(body.text).not.toMatch(/[<>]/);
        for (const { elements } of body.blocks) {
          for (const { text } of elements ?? [])
            expect(text).toMatch(/^(<https:\/\/sync\.example\.com[^<>|]*\|Open the page>|`[^`<>]*`)$/);
        }
      }),
    );
  });
});

describe('mail', () => {
  it('has a subject of one line and no markup from names', () => {
    fc.assert(
      fc.property(items, (alerts) => {
        const { subject, html } = mailOf(message(...alerts));
        expect(subject).not.toMatch(/[\r\n]/);
        expect(subject.length).toBeLessThanOrEqual(150);
        const tags = new Set(html.match(/<[^>]*>/g));
        const known =
          /^<(!doctype html|\/?(html|head|title|body|p|strong|a)|html lang="en"|meta charset="utf-8"|br|(body|p) style="[^"<>]*"|a href="https:\/\/sync\.example\.com[^"<>\s]*")>$/;
        for (const tag of tags) expect(tag).toMatch(known);
        expect(html).not.toMatch(/&(?!amp;|lt;|gt;|quot;|#39;)/);
      }),
    );
  });
});
