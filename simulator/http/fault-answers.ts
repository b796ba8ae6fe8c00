/** How each kind of fault shows; all of them are reported from the field by the vendor's users. */
import { type Answer, errorAnswer, htmlAnswer, jsonAnswer, Refusal } from './answer.ts';
import type { DueFault, FaultKind } from './faults.ts';

/** The body of Cloudflare's rate limit, which the API's own error body never reaches. */
const CLOUDFLARE = `<!DOCTYPE html>
<html lang="en-US"><head><title>Access denied | api.sigmacomputing.com used Cloudflare to restrict access</title></head>
<body><h1><span>Error</span> <span>1015</span></h1><h2>You are being rate limited</h2>
<p>The owner of this website has banned you temporarily from accessing this website.</p></body></html>
`;

const SERVER_ERRORS: Partial<Record<FaultKind, { readonly status: number; readonly text: string }>> = {
  '500': { status: 500, text: 'Internal Server Error' },
  '502': { status: 502, text: 'Bad Gateway' },
  '503': { status: 503, text: 'Service Unavailable' },
  '504': { status: 504, text: 'Gateway Timeout' },
};

/** The answer that takes the place of the proper one, for the kinds that have one. */
export function faultAnswer(fault: DueFault, requestId: string): Answer | undefined {
  const { kind, bits } = fault;
  if (kind === '429' || kind === '429-retry-after') {
    const answer = errorAnswer(new Refusal(429, 'too many requests'), requestId);
    return kind === '429' ? answer : { ...answer, headers: { ...answer.headers, ...retryAfter(fault) } };
  }
  if (kind === '429-html') return { ...htmlAnswer(429, ''), body: CLOUDFLARE };
  if (kind === 'html-200') return htmlAnswer(200, 'Sigma is being updated');
  if (kind === 'early-404') return errorAnswer(new Refusal(404, 'query not found'), requestId);
  if (kind === 'envelope-500') return jsonAnswer(200, { status: 500, message: 'Internal server error' });
  const error = SERVER_ERRORS[kind];
  if (error === undefined) return undefined;
  // The API's own body, a proxy's page, or nothing.
  if (bits % 3 === 0) return errorAnswer(new Refusal(error.status, error.text), requestId);
  if (bits % 3 === 1) return htmlAnswer(error.status, `${error.status} ${error.text}`);
  return { status: error.status, headers: {}, body: '' };
}

/** RFC 9110 allows both forms. Both have whole seconds: the number is rounded, the date rounded up. */
function retryAfter({ bits, retryAfterS }: DueFault): Record<string, string> {
  if (bits % 2 === 0) return { 'retry-after': String(Math.round(retryAfterS)) };
  const at = Math.ceil((Date.now() + retryAfterS * 1000) / 1000) * 1000;
  return { 'retry-after': new Date(at).toUTCString() };
}

/** Half of the body, of matching length: JSON that ends too soon. */
export function truncated(answer: Answer): Answer {
  return { ...answer, body: answer.body.slice(0, Math.floor(answer.body.length / 2)) };
}
