import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestHeed } from '../loop/testing.ts';
import type { TestHeed } from '../loop/testing.ts';
import type { HeedEvent } from '../loop/index.ts';
import { serve } from '../serving/index.ts';
import type { RunningServer } from '../serving/index.ts';
import { candidates, config } from '../serving/testing/greeting.ts';
import { createClient } from './index.ts';

let heed: TestHeed<typeof config>;
let running: RunningServer;

beforeAll(async () => {
  heed = await openTestHeed(config);
  running = await serve({ heed, port: 0 });
});
afterAll(async () => {
  await running.close();
  await heed.close();
});

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 400 && !condition(); tries += 1) await new Promise((resolve) => setTimeout(resolve, 25));
  expect(condition()).toBe(true);
}

test('events arrive, and after a restart of the server what was missed is told and they arrive again', async () => {
  const client = createClient<typeof config>({ url: running.url });
  const events: HeedEvent[] = [];
  let opened = 0;
  let gaps = 0;
  const stop = client.subscribe((event) => events.push(event), {
    loop: 'greeting',
    onOpen: () => (opened += 1),
    onGap: () => (gaps += 1),
  });
  await until(() => opened === 1);

  /** Listening begins a moment after the stream is open, so decisions are made until one is told of. */
  async function decideUntilTold(): Promise<void> {
    const before = events.length;
    for (let tries = 0; tries < 100 && events.length === before; tries += 1) {
      await client.decide('greeting', { context: { hour: 9 }, candidates });
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  await decideUntilTold();
  expect(events[0]).toMatchObject({ type: 'decision', loop: 'greeting', id: expect.any(String) });
  expect((await heed.decisions.get(events[0]?.id ?? '')).decision.loop).toBe('greeting');
  expect(gaps).toBe(0);

  const port = Number(new URL(running.url).port);
  await running.close();
  const missed = await heed.decide('greeting', { context: { hour: 9 }, candidates });
  running = await serve({ heed, port });
  await until(() => opened === 2 && events.some(({ id }) => id === missed.decision));
  expect(gaps).toBe(0);
  const before = events.length;
  await decideUntilTold();
  expect(events.length).toBeGreaterThan(before);

  stop();
  const after = events.length;
  await client.decide('greeting', { context: { hour: 9 }, candidates });
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(events.length).toBe(after);
  await client.close();
});
