/** The settings file that is read where none is named and it exists. */
export const DEFAULT_FILE = 'config/sigma-sync.yaml';
