import type { Command } from 'commander';
import { group } from '../command.ts';
import type { Execute } from '../command.ts';
import { deleteCommand } from './subjects-delete.ts';
import { forgottenCommand } from './subjects-forgotten.ts';
import { showCommand } from './subjects-show.ts';

export function subjectsCommand(execute: Execute): Command {
  return group('subjects', 'Show and forget those for whom decisions are made', forgottenCommand(execute), [
    showCommand(execute),
    deleteCommand(execute),
  ]);
}
