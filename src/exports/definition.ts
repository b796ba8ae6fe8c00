export interface ExportDefinition {
  readonly name: string;
  readonly workbook: string;
  readonly element: string;
  readonly format: 'csv' | 'jsonl';
  readonly table: string;
  readonly mode: 'replace' | 'append' | 'merge';
  readonly key: readonly string[];
  readonly window:
    | {
        readonly column: string;
        readonly control: string;
        readonly start: Date;
        readonly stepMs: number;
        readonly lookbackMs: number;
      }
    | undefined;
  readonly types: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, string>>;
  readonly schedule: string | undefined;
  readonly timeZone: string;
  readonly schema: 'evolve' | 'freeze' | 'fail';
  readonly rowLimit: number;
  readonly timeoutMs: number;
  readonly tag: string | undefined;
  readonly exportAs: string | undefined;
  readonly oauthOverrides: readonly { readonly connection: string; readonly token: string }[];
  readonly rejectDefaultTokens: boolean;
}
