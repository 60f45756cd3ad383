import type { Command } from 'commander';
import { group } from '../command.ts';
import type { Execute } from '../command.ts';
import { explainCommand } from './decisions-explain.ts';
import { listCommand } from './decisions-list.ts';
import { replayCommand } from './decisions-replay.ts';
import { showCommand } from './decisions-show.ts';

export function decisionsCommand(execute: Execute): Command {
  return group('decisions', 'List, show, explain and replay decisions', listCommand(execute), [
    showCommand(execute),
    explainCommand(execute),
    replayCommand(execute),
  ]);
}
