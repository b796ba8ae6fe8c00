/** Flags that several commands take, as commander gives them. */

/** `--json`. */
export interface JsonFlag {
  readonly json?: true;
}
