import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { HeedError } from '../../spec/index.ts';
import type { Item, ItemInput } from '../../loop/index.ts';
import { command } from '../command.ts';
import type { Execute, SharedOptions } from '../command.ts';
import { fileToRead } from '../files.ts';
import { loopOf } from '../items.ts';
import { audited } from '../operator.ts';
import { counted } from '../output.ts';

const batchSize = 1_000;

interface PutOptions extends SharedOptions {
  readonly loop?: string;
}

export function putCommand(execute: Execute): Command {
  return command('put', 'Register items, or give them other features')
    .argument('<file>', 'lines of JSON: { "item": …, "features": { … } }')
    .option('--loop <name>', 'the loop (default: the only one)')
    .action((file: string, { loop, ...options }: PutOptions) =>
      execute(options, async (session) => {
        const items = (await readFile(await fileToRead(session.terminal.folder, file), 'utf8'))
          .split('\n')
          .flatMap((line, index) => (line.trim() === '' ? [] : [parse(line, index + 1)]));
        const heed = await session.openHeed('look');
        const name = await loopOf(session, loop);
        const put: Item[] = [];
        await audited(heed, 'putItems', { loop: name }, async () => {
          for (let from = 0; from < items.length; from += batchSize)
            put.push(...(await heed.items.put(name, items.slice(from, from + batchSize))));
        });
        return {
          json: { loop: name, items: put.map(({ item, version }) => ({ item, version })) },
          text: `put ${counted(put.length, 'item')} into ${name}`,
        };
      }),
    );
}

function parse(line: string, number: number): ItemInput {
  try {
    const value = JSON.parse(line) as Partial<ItemInput> | null;
    if (typeof value?.item === 'string' && typeof value.features === 'object') return value as ItemInput;
  } catch {
    // Told of below, like a line that is JSON and no item.
  }
  throw new HeedError(
    'invalid-input',
    `cannot put items, as line ${number} must be { "item": …, "features": { … } }: it is ${line.slice(0, 80)}`,
  );
}
