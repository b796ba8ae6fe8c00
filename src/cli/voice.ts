/** The last words of a command that fails: by the redactor and in the format of the application made last. */
import { jsonLine } from '../core/logging/line.ts';
import type { LogFormat } from '../core/logging/log-words.ts';
import { redact } from '../core/logging/redact.ts';
import { sender } from './colour.ts';

let voice: { redact: (text: string) => string; format: LogFormat } = {
  // Before the settings are read nothing is known to be secret but by how it looks.
  redact: (text) => redact(text, []),
  format: 'text',
};

/** From now on what is said is said by this redactor and in this format. */
export function speakAs(redact: (text: string) => string, format: LogFormat): void {
  voice = { redact, format };
}

/** A text without secrets, as far as an application was made that knows them. */
export function redacted(text: string): string {
  return voice.redact(text);
}

/** One line on standard error, as text or as a line of the log. */
export function speak(level: 'error' | 'warn', event: string, text: string): void {
  const message = voice.redact(text);
  const line =
    voice.format === 'json'
      ? jsonLine({ time: new Date(), level, event, fields: { message } })
      : `${sender(level)} ${message}`;
  process.stderr.write(`${line}\n`);
}
