/** The name of a file in `Content-Disposition`, after RFC 6266. */

/** The name, as it was sent: it may hold path separators and anything else. Undefined where there is none. */
export function fileNameOf(disposition: string | undefined): string | undefined {
  const text = disposition ?? '';
  const encoded = /;\s*filename\*\s*=\s*"?UTF-8'[^']*'([^;"]+)/i.exec(text)?.[1];
  const name = encoded === undefined ? undefined : decoded(encoded.trim());
  if (name !== undefined) return name;
  const [, quoted, plain] = /;\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))/i.exec(text) ?? [];
  const found = quoted?.replace(/\\(.)/g, '$1') ?? plain?.trim();
  return found === '' ? undefined : found;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
