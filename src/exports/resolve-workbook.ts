import type { ExportEngine } from './context.ts';

export async function resolveWorkbook(
  _engine: ExportEngine,
  id: string,
  _signal: AbortSignal,
): Promise<string> {
  return id;
}
