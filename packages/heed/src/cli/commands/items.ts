import type { Command } from 'commander';
import { group } from '../command.ts';
import type { Execute } from '../command.ts';
import { deleteCommand } from './items-delete.ts';
import { listCommand } from './items-list.ts';
import { putCommand } from './items-put.ts';
import { showCommand } from './items-show.ts';

export function itemsCommand(execute: Execute): Command {
  return group('items', 'Register, list, show and take off the items that decisions name', listCommand(execute), [
    putCommand(execute),
    showCommand(execute),
    deleteCommand(execute),
  ]);
}
