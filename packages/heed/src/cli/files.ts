import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { HeedError } from '../spec/index.ts';

/**
 * The path of a file that a command is to read.
 *
 * @throws HeedError `invalid-input` where there is none.
 */
export async function fileToRead(folder: string, file: string): Promise<string> {
  const path = resolve(folder, file);
  const found = await stat(path).catch(() => null);
  if (found?.isFile() === true) return path;
  throw new HeedError(
    'invalid-input',
    `cannot read ${file}, as it must be a file: ${found === null ? 'there is none' : 'it is something else'}`,
  );
}
