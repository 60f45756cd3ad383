import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { HeedConfig, ItemDetail, SubjectDeletion, SubjectHoldings } from '../loop/index.ts';
import { createHeed } from '../loop/index.ts';
import { createProject } from './testing.ts';
import type { Project } from './testing.ts';

let project: Project;

beforeAll(async () => {
  project = await createProject();
  await writeFile(
    join(project.folder, 'heed.config.ts'),
    `import { defineHeed } from 'heed';
import { z } from 'zod';
export default defineHeed({ loops: { shop: {
  context: z.object({ hour: z.number() }), candidate: z.object({ price: z.number() }), action: { type: 'choice' },
  feedback: { bought: { kind: 'reaction', reward: 1 } }, reward: { range: [0, 1] },
} } });
`,
  );
});
afterAll(() => project.remove());

test(
  'items are put, shown and taken off; a subject is shown, forgotten, and stays so in a restored store',
  { timeout: 240_000 },
  async () => {
    const file = join(project.folder, 'items.jsonl');
    await writeFile(file, '{"item":"a","features":{"price":1}}\n\n{"item":"b","features":{"price":2}}\n');
    expect(await project.json(['items', 'put', 'items.jsonl'])).toEqual({
      loop: 'shop',
      items: [
        { item: 'a', version: 1 },
        { item: 'b', version: 1 },
      ],
    });
    await writeFile(file, '{"item":"a","features":{"price":3}}\n{"item":7}\n');
    const refused = await project.run('items', 'put', 'items.jsonl');
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('line 2 must be')]);
    await writeFile(file, '{"item":"a","features":{"price":3}}\n');
    await project.json(['items', 'put', 'items.jsonl']);
    expect(
      ((await project.json(['items', 'show', 'a'])) as ItemDetail).versions.map(({ features }) => features),
    ).toEqual([{ price: 3 }, { price: 1 }]);
    expect(await project.json(['items', 'delete', 'b'])).toEqual({ item: 'b', version: 2 });
    expect(await project.json(['items'])).toMatchObject({ rows: [{ item: 'a', version: 2 }], next: null });

    const { default: config } = (await import(join(project.folder, 'heed.config.ts'))) as {
      default: HeedConfig;
    };
    const heed = await createHeed(config, { folder: join(project.folder, '.heed') });
    const { decision } = await heed.decide('shop', { subject: 'ann', context: { hour: 1 }, candidates: ['a'] });
    await heed.close();

    await project.json(['backup', 'copy']);
    const held = (await project.json(['subjects', 'show', 'ann'])) as SubjectHoldings;
    expect([held.counts.decisions, held.decisions[0]?.id]).toEqual([1, decision]);
    const deletion = (await project.json(['subjects', 'delete', 'ann'])) as SubjectDeletion;
    expect(deletion).toMatchObject({ decisions: 1, artifacts: [], jobs: [] });
    const forgotten = await project.run('subjects', 'forgotten', '--json');
    await writeFile(join(project.folder, 'forgotten.json'), forgotten.out);
    expect(await readFile(join(project.folder, 'forgotten.json'), 'utf8')).not.toContain('ann"');
    await project.json(['restore', 'copy', '--forgotten', 'forgotten.json', '--folder', 'restored']);
    expect(await project.json(['decisions', 'show', decision, '--folder', 'restored'])).toMatchObject({
      decision: { forgotten: true, subject: null, context: [] },
    });
  },
);
