import type { Command } from 'commander';
import { group } from '../command.ts';
import type { Execute } from '../command.ts';
import { listCommand } from './experiments-list.ts';
import { powerCommand } from './experiments-power.ts';
import { showCommand } from './experiments-show.ts';
import { startCommand } from './experiments-start.ts';
import { stopCommand } from './experiments-stop.ts';

export function experimentsCommand(execute: Execute): Command {
  return group('experiments', 'Compare policies on subjects, side by side', listCommand(execute), [
    showCommand(execute),
    startCommand(execute),
    stopCommand(execute),
    powerCommand(execute),
  ]);
}
