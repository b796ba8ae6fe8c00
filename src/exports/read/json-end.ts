import { BACKSLASH, CLOSE_LIST, CLOSE_OBJECT, OPEN_LIST, OPEN_OBJECT, QUOTE, SPACE } from './json-codes.ts';

/** Finds where a record of JSON ends while its text comes in pieces, looking at each piece once. */
export class JsonEnd {
  #depth = 0;
  #inString = false;
  #isEscaped = false;

  /**
   * Looks at the next piece: true where the record ends within it, or can't become JSON any more. Either way there is
   * enough of it to be parsed.
   */
  isIn(text: string): boolean {
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (this.#isEscaped) this.#isEscaped = false;
      else if (this.#inString) {
        if (code === QUOTE) this.#inString = false;
        else if (code === BACKSLASH) this.#isEscaped = true;
        // No string goes on in the next line. Without this, a quote that is never closed would hide all that follows.
        else if (code < SPACE) return true;
      } else if (code === QUOTE) this.#inString = true;
      else if (code === OPEN_OBJECT || code === OPEN_LIST) this.#depth++;
      else if ((code === CLOSE_OBJECT || code === CLOSE_LIST) && --this.#depth === 0) return true;
    }
    return false;
  }
}
