import { expect, test } from 'vitest';
import { papers } from '../registry.ts';
import { papersPage } from './page.ts';

test('the page about papers says what their committed results say', async () => {
  await expect(papersPage(papers)).toMatchFileSnapshot(new URL('../../../../docs/papers.md', import.meta.url).pathname);
});
