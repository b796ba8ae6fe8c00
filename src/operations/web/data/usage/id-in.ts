/** Ids and addresses of Sigma's, typed where a title may be typed as well. */
import { parseSigmaId, type SigmaIdKind } from '../../../../sigma/ids.ts';

function parsed(text: string): ReturnType<typeof parseSigmaId> | undefined {
  try {
    return parseSigmaId(text);
  } catch {
    return undefined;
  }
}

/** The id that a text is, or that its address has, of either length; undefined where it is but words. */
export function idIn(text: string): string | undefined {
  const found = parsed(text);
  return found?.kind === 'element' ? undefined : found?.id;
}

/** The kind of object that an address names; undefined if the text is no address. */
export function kindIn(text: string): SigmaIdKind | undefined {
  return text.includes('/') ? parsed(text)?.kind : undefined;
}
