import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { HeedError } from '../spec/index.ts';
import type { Terminal } from './terminal.ts';

/**
 * The master keys that the environment names: the one for what is new first, then those that older content may lie under.
 * `HEED_MASTER_KEY` and `HEED_MASTER_KEY_OTHERS` hold them, or `HEED_MASTER_KEY_FILE` names a file with one in each line.
 *
 * @throws HeedError `invalid-configuration` where both ways are used, or the file cannot be read.
 */
export function readMasterKeys({ environment, folder }: Pick<Terminal, 'environment' | 'folder'>): string[] {
  const {
    HEED_MASTER_KEY: own = '',
    HEED_MASTER_KEY_OTHERS: others = '',
    HEED_MASTER_KEY_FILE: file = '',
  } = environment;
  if (file === '') {
    if (own.trim() === '' && others.trim() !== '')
      throw new HeedError(
        'invalid-configuration',
        'cannot use the master keys, as HEED_MASTER_KEY must be given where HEED_MASTER_KEY_OTHERS is: it is missing',
      );
    return textsOf(`${own} ${others}`);
  }
  if (own !== '' || others !== '')
    throw new HeedError(
      'invalid-configuration',
      'cannot use the master keys, as they must come from HEED_MASTER_KEY_FILE or from HEED_MASTER_KEY: both are given',
    );
  let text: string;
  try {
    text = readFileSync(resolve(folder, file), 'utf8');
  } catch (cause) {
    throw new HeedError(
      'invalid-configuration',
      `cannot use the master keys, as ${file} must be a file: it cannot be read`,
      {
        cause,
      },
    );
  }
  const keys = textsOf(text);
  if (keys.length > 0) return keys;
  throw new HeedError('invalid-configuration', `cannot use the master keys, as ${file} must hold one: it is empty`);
}

function textsOf(text: string): string[] {
  return text.split(/[\s,]+/).filter((each) => each !== '');
}
