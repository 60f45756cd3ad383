import type { Command } from 'commander';
import { command } from '../command.ts';
import type { Execute, SharedOptions } from '../command.ts';
import type { JsonValue } from '../../spec/index.ts';

interface GiveOptions extends SharedOptions {
  readonly decision: string;
  readonly name: string;
  readonly item?: string;
  readonly value?: string;
  readonly subject?: string;
  readonly loop?: string;
  readonly key?: string;
}

export function giveCommand(execute: Execute): Command {
  return command('give', 'Judge a decision')
    .requiredOption('--decision <id>', 'the decision judged')
    .requiredOption('--name <name>', "one of the loop's feedback names, as upvote")
    .option('--item <item>', 'one item of it')
    .option('--value <value>', 'its value, as JSON or as plain text')
    .option('--subject <subject>', 'who gives it')
    .option('--loop <name>', "the loop (default: the decision's)")
    .option('--key <key>', 'idempotency key: the same key is taken once')
    .action((options: GiveOptions) =>
      execute(options, async (session) => {
        const heed = await session.openHeed('look');
        const { decision, name, item, subject, value, key } = options;
        const loop = options.loop ?? (await heed.decisions.get(decision)).decision.loop;
        const [reply] = await heed.feedback([
          {
            loop,
            decision,
            name,
            item,
            subject,
            idempotencyKey: key,
            ...(value === undefined ? {} : { value: parseValue(value) }),
          },
        ]);
        return { json: reply, text: `${reply?.status ?? 'accepted'}: feedback ${reply?.feedback ?? ''}` };
      }),
    );
}

/** JSON where it is JSON, else the text itself. */
function parseValue(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}
