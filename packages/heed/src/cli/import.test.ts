import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AuditEntry } from '../spec/index.ts';
import type { Page, VowpalImport } from '../loop/index.ts';
import { createTestDatabase } from '../store/testing.ts';
import type { TestDatabase } from '../store/testing.ts';
import { createProject } from './testing.ts';
import type { Project } from './testing.ts';

let project: Project;
let database: TestDatabase;

const config = `import { defineHeed } from 'heed';
import { z } from 'zod';

const features = z.record(z.string(), z.record(z.string(), z.number()));
export default defineHeed({
  loops: {
    page: {
      context: features,
      candidate: features,
      action: { type: 'choice' },
      feedback: { reward: { kind: 'reward', value: z.number(), reward: { scale: 1, offset: 0 } } },
      reward: { range: [-1, 1], final: 'feedback' },
    },
  },
});
`;
const log = 'shared |u age:25\n0:-0.5:0.25 |a red\n|a blue\n\nshared |u age:30\n|a red\n0:0:0.75 |a blue\n';

beforeAll(async () => {
  [project, database] = await Promise.all([createProject(), createTestDatabase()]);
  await writeFile(join(project.folder, 'heed.config.ts'), config);
  await writeFile(join(project.folder, 'log.vw'), log);
  await writeFile(join(project.folder, 'broken.vw'), `${log}\nx |a red\n`);
});
afterAll(async () => {
  await project.remove();
  await database.drop();
});

test('a log of Vowpal Wabbit is imported once, trained on, and names the line that cannot be read', async () => {
  const store = ['--database', database.url];
  const bring = (file: string): string[] => ['import', file, '--format', 'vw', '--loop', 'page', ...store];
  const first = (await project.json(bring('log.vw'))) as VowpalImport;
  expect(first).toEqual({ decisions: 2, duplicates: 0, skipped: {} });
  expect(await project.json(bring('log.vw'))).toEqual({ decisions: 0, duplicates: 2, skipped: {} });
  const { error } = (await project.json(bring('broken.vw'), 1)) as { error: { code: string; message: string } };
  expect([error.code, error.message]).toEqual(['invalid-input', expect.stringContaining('cannot read line 9')]);
  expect(await project.json(['train', 'page', ...store])).toMatchObject({ signalsUsed: 4, promoted: true });
  const { rows } = (await project.json(['audit', ...store])) as Page<AuditEntry>;
  expect(rows.filter(({ action }) => action === 'importRows')).toHaveLength(3);
}, 400_000);
