import { Command } from 'commander';
import { exportsDownloadCommand } from './exports-download.ts';

/** `exports`: the data of workbooks. Every command of the group has a file of its own. */
export function exportsCommand(): Command {
  const group = new Command('exports').description('export the data of workbooks');
  for (const make of [exportsDownloadCommand]) group.addCommand(make());
  return group;
}
