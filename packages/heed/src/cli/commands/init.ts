import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Command } from 'commander';
import { HeedError } from '../../spec/index.ts';
import { bareCommand } from '../command.ts';
import type { Execute, SharedOptions } from '../command.ts';
import { configFileNames } from '../config.ts';
import { starterConfig } from '../starter.ts';

export function initCommand(execute: Execute): Command {
  return bareCommand('init', 'Write a small working heed.config.ts here').action((options: SharedOptions) =>
    execute(options, async (session) => {
      const { folder } = session.terminal;
      const existing = configFileNames.find((name) => existsSync(join(folder, name)));
      if (existing !== undefined)
        throw new HeedError(
          'invalid-input',
          `cannot write heed.config.ts, as ${folder} must have no configuration yet: ${existing} is there (nothing was changed)`,
        );
      await writeFile(join(folder, 'heed.config.ts'), starterConfig, { flag: 'wx' });
      const written = ['heed.config.ts', ...((await ignoreStore(folder)) ? ['.gitignore'] : [])];
      const advice = [...missingPackages(folder).map((name) => `npm install ${name}`), ...(await moduleAdvice(folder))];
      return {
        json: { folder, written, advice },
        text: [
          `wrote ${written.join(' and ')}`,
          ...advice.map((line) => `first: ${line}`),
          'next: npx heed serve',
        ].join('\n'),
      };
    }),
  );
}

/** Keeps the embedded store out of git; true where a line was added. */
async function ignoreStore(folder: string): Promise<boolean> {
  const path = join(folder, '.gitignore');
  const text = await readFile(path, 'utf8').catch(() => '');
  if (text.split('\n').some((line) => /^\/?\.heed\/?$/.test(line.trim()))) return false;
  await writeFile(path, `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}.heed/\n`);
  return true;
}

function missingPackages(folder: string): string[] {
  const require = createRequire(join(folder, 'heed.config.ts'));
  return ['heed', 'zod'].filter((name) => {
    try {
      require.resolve(`${name}/package.json`);
      return false;
    } catch {
      return true;
    }
  });
}

async function moduleAdvice(folder: string): Promise<string[]> {
  const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => null);
  if (text === null) return [];
  const description = JSON.parse(text) as { type?: string };
  return description.type === 'module'
    ? []
    : ['add "type": "module" to package.json, as heed.config.ts is an ES module (npm pkg set type=module)'];
}
