import { afterAll, beforeAll, expect, test } from 'vitest';
import { schemaVersion } from '../spec/index.ts';
import type { Experiment } from '../spec/index.ts';
import type { Store } from '../store/index.ts';
import { testId, testTimeMs } from '../store/testing-records.ts';
import { openTestStore } from '../store/testing.ts';
import { collectWebhooks } from './webhooks.ts';
import type { WebhookDefinition, WebhookMessage } from './webhooks.ts';

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
}, 60_000);
afterAll(() => store.close());

const at = new Date(testTimeMs).toISOString();
const webhook: WebhookDefinition = {
  url: 'https://example.org/hook',
  secret: 'a secret of sixteen',
  events: ['experiment'],
};

function experimentOf(loop: string, name: string): Experiment {
  return {
    schemaVersion,
    id: testId(),
    loop,
    loopVersion: 'v',
    name,
    salt: name,
    unit: 'subject',
    arms: ['control', 'new'].map((arm) => ({ name: arm, weight: 1, policy: { type: 'baseline' }, artifact: null })),
    guardrails: [],
    alpha: 0.05,
    outcomeSeconds: 60,
    covariateSeconds: null,
    by: 'ada',
    why: 'a test',
    startedAt: at,
    status: 'running',
    end: null,
  };
}

function end(status: 'stopped' | 'concluded', cause: 'operator' | 'guardrail' | 'horizon') {
  return { status, end: { by: 'ada', why: 'a test', at, cause, winner: null, evidence: null, release: null } } as const;
}

async function collected(webhooks: readonly WebhookDefinition[]): Promise<WebhookMessage[]> {
  const sent: WebhookMessage[] = [];
  await collectWebhooks({ store, webhooks }, async (messages) => void sent.push(...messages));
  return sent;
}

test('a receiver is told once of the start of an experiment and once of how it ended', async () => {
  expect(await collected([webhook])).toEqual([]);
  const [crossed, concluded, stopped, elsewhere] = [
    experimentOf('page', 'crossed'),
    experimentOf('page', 'concluded'),
    experimentOf('page', 'stopped'),
    experimentOf('door', 'elsewhere'),
  ];
  await store.experiments.insert(crossed);
  const [start] = await collected([webhook]);
  expect(start).toEqual({
    id: `experiment-${crossed.id}-started`,
    url: webhook.url,
    body: JSON.stringify({
      id: `experiment-${crossed.id}-started`,
      type: 'experiment',
      loop: 'page',
      record: crossed.id,
      happened: 'started',
    }),
  });
  await store.experiments.end(crossed, end('stopped', 'guardrail'));
  await store.experiments.insert(concluded);
  await store.experiments.end(concluded, end('concluded', 'operator'));
  await store.experiments.insert(stopped);
  await store.experiments.end(stopped, end('stopped', 'horizon'));
  await store.experiments.insert(elsewhere);
  const limited = { ...webhook, url: 'https://example.org/page', loops: ['page'] };
  const unasked = { ...webhook, url: 'https://example.org/none', events: ['feedback', 'release'] as const };
  const sent = await collected([limited, unasked]);
  expect(sent.map(({ url }) => url)).toEqual(Array.from({ length: 5 }, () => limited.url));
  const told = sent.map(({ body }) => JSON.parse(body) as { record: string; happened: string });
  expect(told.map(({ record, happened }) => [record, happened])).toEqual([
    [crossed.id, 'guardrailCrossed'],
    [concluded.id, 'started'],
    [concluded.id, 'concluded'],
    [stopped.id, 'started'],
    [stopped.id, 'stopped'],
  ]);
  expect(new Set(sent.map(({ id }) => id)).size).toBe(5);
  expect(await collected([webhook])).toEqual([]);
});
