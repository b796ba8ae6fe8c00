import { Command } from 'commander';
import { alertListCommand } from './alert-list.ts';
import { alertTestCommand } from './alert-test.ts';

const COMMANDS = [alertTestCommand, alertListCommand];

/** `alert`: what is told when something matters. Every command of the group has a file of its own. */
export function alertCommand(): Command {
  const group = new Command('alert').description('try the receivers of alerts, list what is wrong');
  for (const make of COMMANDS) group.addCommand(make());
  return group;
}
