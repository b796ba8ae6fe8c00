import { type ErrorOptions, SigmaSyncError } from '../../core/errors.ts';

/** The defect of an exported file, and its place. */
export interface ExportFormatOptions extends ErrorOptions {
  /** Number of the record, from 1; undefined where it concerns the file as a whole. */
  readonly record?: number | undefined;
  /** True where the file ends too early, so that another download may bring the rest. Default false. */
  readonly cutShort?: boolean | undefined;
}

/** An exported file is not what its format promises: malformed, or cut short. */
export class ExportFormatError extends SigmaSyncError {
  override readonly code = 'export_format';
  readonly record: number | undefined;
  readonly cutShort: boolean;

  constructor(message: string, options: ExportFormatOptions = {}) {
    super(message, options);
    this.record = options.record;
    this.cutShort = options.cutShort ?? false;
  }
}
