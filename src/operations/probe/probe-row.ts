/** One line of a probe. Its texts are ours, names of fields, kinds and counts: never a value of the organization's. */
export interface ProbeRow {
  /** Id of the fact in docs/api-truth.md; `endpoint` and `fields` for what declarations say. */
  readonly id: string;
  readonly fact: string;
  readonly expected: string;
  readonly seen: string;
  readonly outcome: 'as expected' | 'differs' | 'not seen';
}
