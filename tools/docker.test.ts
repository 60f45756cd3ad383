import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createProgram } from '../packages/heed/src/cli/program.ts';

const root = new URL('../', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, root), 'utf8');
const lines = read('Dockerfile').split('\n');

test('the Dockerfile copies what exists, and what the build made', () => {
  const copied = lines
    .filter((line) => line.startsWith('COPY') && !line.includes('--from'))
    .flatMap((line) => line.split(/\s+/).slice(1, -1));
  expect(copied).toContain('packages');
  expect(copied.filter((name) => !existsSync(new URL(name, root)))).toEqual([]);
  const from = lines.filter((line) => line.includes('--from=build')).map((line) => line.split(/\s+/).at(-2));
  expect(from).toEqual(['/build/package.json', '/build/node_modules', '/build/packages']);
});

test('its commands are those of package.json', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const run = lines.flatMap((line) => /^RUN npm run (\S+)$/.exec(line)?.[1] ?? []);
  expect(run).toEqual(['build']);
  expect(run.filter((name) => scripts[name] === undefined)).toEqual([]);
  const { bin } = JSON.parse(read('packages/heed/package.json')) as { bin: { heed: string } };
  const entry = lines.find((line) => line.startsWith('ENTRYPOINT')) ?? '';
  expect(JSON.parse(entry.slice('ENTRYPOINT '.length))).toEqual(['node', `/heed/packages/heed/${bin.heed.slice(2)}`]);
});

test('it ends as somebody without rights, and starts a command that Heed has', () => {
  const users = lines.filter((line) => line.startsWith('USER'));
  expect(users).toEqual(['USER node']);
  expect(lines.findIndex((line) => line.startsWith('USER'))).toBeLessThan(
    lines.findIndex((line) => line.startsWith('ENTRYPOINT')),
  );
  const start = lines.find((line) => line.startsWith('CMD')) ?? '';
  const [name, ...given] = JSON.parse(start.slice('CMD '.length)) as string[];
  const program = createProgram(async () => undefined, { out: () => undefined, err: () => undefined });
  const command = program.commands.find((each) => each.name() === name);
  const flags = command?.options.map(({ long }) => long) ?? [];
  expect(given.filter((each) => each.startsWith('--') && !flags.includes(each))).toEqual([]);
  expect(flags.length).toBeGreaterThan(0);
});
