import type { Command } from 'commander';
import { group } from '../command.ts';
import type { Execute } from '../command.ts';
import { createCommand } from './keys-create.ts';
import { listCommand } from './keys-list.ts';
import { revokeCommand } from './keys-revoke.ts';
import { rotateMasterCommand } from './keys-rotate-master.ts';
import { rotateCommand } from './keys-rotate.ts';

export function keysCommand(execute: Execute): Command {
  return group('keys', 'List, make, rotate and revoke API keys', listCommand(execute), [
    createCommand(execute),
    rotateCommand(execute),
    rotateMasterCommand(execute),
    revokeCommand(execute),
  ]);
}
