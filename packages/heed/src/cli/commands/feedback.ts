import type { Command } from 'commander';
import { group } from '../command.ts';
import type { Execute } from '../command.ts';
import { giveCommand } from './feedback-give.ts';
import { listCommand } from './feedback-list.ts';

export function feedbackCommand(execute: Execute): Command {
  return group('feedback', 'List feedback, or give some', listCommand(execute), [giveCommand(execute)]);
}
