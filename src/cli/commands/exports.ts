import { Command } from 'commander';
import { exportsDiscoverCommand } from './exports-discover.ts';
import { exportsPreviewCommand } from './exports-preview.ts';
import { exportsRunCommand } from './exports-run.ts';

/** `exports`: the data of workbook elements. Every command of the group has a file of its own. */
export function exportsCommand(): Command {
  const group = new Command('exports').description('export the data of workbook elements');
  for (const make of [exportsDiscoverCommand, exportsPreviewCommand, exportsRunCommand])
    group.addCommand(make());
  return group;
}
