/** Headers of every answer: nothing foreign is loaded, nothing is framed, nothing is kept. */
import { secureHeaders } from 'hono/secure-headers';

export function pageHeaders(): ReturnType<typeof secureHeaders> {
  return secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      styleSrc: ["'self'"],
      scriptSrc: ["'self'"],
      imgSrc: ["'self'", 'data:'],
      // The overview asks for its own fragment.
      connectSrc: ["'self'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
      baseUri: ["'none'"],
    },
    // With `no-referrer` browsers send forms with `Origin: null`, just as a stranger's would be. This tells others as
    // little, since nothing of another origin is ever asked for.
    referrerPolicy: 'same-origin',
    crossOriginOpenerPolicy: 'same-origin',
    crossOriginResourcePolicy: 'same-origin',
    xFrameOptions: 'DENY',
    xContentTypeOptions: 'nosniff',
    // The proxy that ends TLS decides whether there is always TLS.
    strictTransportSecurity: false,
    permissionsPolicy: { camera: [], microphone: [], geolocation: [] },
  });
}
