import { Command } from 'commander';
import { exportsDiscoverCommand } from './exports-discover.ts';
import { exportsDownloadCommand } from './exports-download.ts';
import { exportsPreviewCommand } from './exports-preview.ts';
import { exportsRunCommand } from './exports-run.ts';

const COMMANDS = [exportsDiscoverCommand, exportsPreviewCommand, exportsRunCommand, exportsDownloadCommand];

/** `exports`: the data of workbook elements. Every command of the group has a file of its own. */
export function exportsCommand(): Command {
  const group = new Command('exports').description('export the data of workbook elements');
  for (const make of COMMANDS) group.addCommand(make());
  return group;
}
