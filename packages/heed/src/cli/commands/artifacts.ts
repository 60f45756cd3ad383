import type { Command } from 'commander';
import { group } from '../command.ts';
import type { Execute } from '../command.ts';
import { listCommand } from './artifacts-list.ts';
import { showCommand } from './artifacts-show.ts';

export function artifactsCommand(execute: Execute): Command {
  return group('artifacts', 'List and show what was learned', listCommand(execute), [showCommand(execute)]);
}
