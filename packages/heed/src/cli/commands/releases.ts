import type { Command } from 'commander';
import { group } from '../command.ts';
import type { Execute } from '../command.ts';
import { listCommand } from './releases-list.ts';
import { abortCommand, advanceCommand } from './releases-move.ts';
import { showCommand } from './releases-show.ts';

export function releasesCommand(execute: Execute): Command {
  return group('releases', 'Watch and steer how new policies come into service', listCommand(execute), [
    showCommand(execute),
    advanceCommand(execute),
    abortCommand(execute),
  ]);
}
