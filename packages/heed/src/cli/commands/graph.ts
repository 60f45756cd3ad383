import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { FileFormatError, decodeModel, describeModel, renderDescription } from '@heed/compute/onnx';
import type { Command } from 'commander';
import { HeedError } from '../../spec/index.ts';
import { bareCommand, wholeNumber } from '../command.ts';
import type { Execute, SharedOptions } from '../command.ts';

interface GraphOptions extends SharedOptions {
  readonly parameters: number;
}

export function graphCommand(execute: Execute): Command {
  return bareCommand('graph', 'Show what an ONNX file is made of: inputs, outputs, operators, shapes, parameters')
    .argument('<file>', 'ONNX file')
    .option('--parameters <count>', 'tensors listed at most', wholeNumber(0, 1_000_000), 40)
    .action((file: string, options: GraphOptions) =>
      execute(options, async (session) => {
        const path = resolve(session.terminal.folder, file);
        const bytes = await readFile(path).catch((cause: unknown) => {
          throw new HeedError(
            'invalid-input',
            `cannot show ${file}, as it must be a file that can be read: it is not`,
            {
              cause,
            },
          );
        });
        try {
          const description = describeModel(decodeModel(bytes));
          return { json: description, text: renderDescription(description, { maxParameters: options.parameters }) };
        } catch (cause) {
          if (!(cause instanceof FileFormatError)) throw cause;
          throw new HeedError('invalid-input', `cannot show ${file}, as it must be an ONNX file: ${cause.message}`, {
            cause,
          });
        }
      }),
    );
}
