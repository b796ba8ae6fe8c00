/** Formats of downloads. Imports nothing: the command line lists them in its help. */

/** Every format. [spec] */
export const DOWNLOAD_FORMATS = ['csv', 'jsonl', 'json', 'xlsx', 'pdf', 'png'] as const;
export type DownloadFormat = (typeof DOWNLOAD_FORMATS)[number];
