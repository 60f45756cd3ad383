import { expect, test } from 'vitest';
import { createTestDatabase } from '../store/testing.ts';
import { releaseThroughKills } from './testing-release-killed.ts';

test('a release goes on where a worker was killed, in whatever stage, and takes each step once', async () => {
  const database = await createTestDatabase();
  try {
    expect(await releaseThroughKills(database.url, 'once in each stage')).toEqual({
      steps: ['apprentice', 'shadow', 'canary', 'full'],
      killedIn: ['apprentice', 'shadow', 'canary'],
      serves: true,
    });
  } finally {
    await database.drop();
  }
}, 300_000);
