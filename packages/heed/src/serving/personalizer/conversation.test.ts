import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { defineHeed } from '../../loop/index.ts';
import { openTestHeed, tickingClock } from '../../loop/testing.ts';
import type { TestHeed } from '../../loop/testing.ts';
import { featureValueSchema } from '../../spec/index.ts';
import { serve } from '../serve.ts';
import type { RunningServer } from '../serve.ts';
import { eventKey } from './mapping.ts';

/** A line of the conversation: what is asked and answered, a pause in seconds, or what is learned of each event. */
interface Line {
  readonly ask?: string;
  readonly body?: unknown;
  readonly status?: number;
  readonly answer?: unknown;
  readonly wait?: number;
  readonly learned?: readonly (readonly [...names: string[], status: string | null, reward: number | null])[];
}

/** A request of the client azure-cognitiveservices-personalizer 0.1.1, as it came in, without the key. */
interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
}

const lines = readFileSync(new URL('fixtures/conversation.jsonl', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as Line);

const features = z.record(z.string(), featureValueSchema);
const loop = {
  context: features,
  candidate: features,
  action: { type: 'choice' },
  feedback: { reward: { kind: 'reward', value: z.number().min(-1).max(1), reward: { scale: 1, offset: 0 } } },
  reward: { range: [-1, 1], combine: 'sum', final: 'window', missing: { default: 0 } },
  attributionWindowSeconds: 600,
} as const;
const config = defineHeed({ loops: { home: loop, elsewhere: loop }, personalizer: { loop: 'home' } });

const clock = tickingClock();
let heed: TestHeed<typeof config>;
let running: RunningServer;
let key: string;
beforeAll(async () => {
  heed = await openTestHeed(config, { clock: clock.now });
  running = await serve({ heed, port: 0, keys: 'required' });
  ({ secret: key } = await heed.keys.create({ name: 'shop', scopes: ['decide', 'feedback'], by: 'a test' }));
});
afterAll(async () => {
  await running.close();
  await heed.close();
});

/** Values that the service chose, by the names that the conversation keeps them under. */
const kept = new Map<string, string>();
const withKept = (text: string): string => text.replaceAll(/\{(\w+)\}/g, (_all, name: string) => kept.get(name) ?? '');

/** Whether an answer is as expected, which may leave open: `in` some texts, `near` a number, holding a `text`, or as `kept`. */
function fits(said: unknown, given: unknown): boolean {
  if (typeof said !== 'object' || said === null) return Object.is(said, given);
  const open = said as { in?: string[]; near?: number; text?: string; kept?: string };
  if (open.in !== undefined) return open.in.includes(given as string);
  if (open.near !== undefined) return Math.abs(open.near - (given as number)) < 1e-9;
  if (open.text !== undefined) return typeof given === 'string' && given.includes(open.text);
  if (open.kept !== undefined) return given === kept.get(open.kept);
  if (typeof given !== 'object' || given === null || Object.keys(said).length !== Object.keys(given).length)
    return false;
  return Object.entries(said).every(([name, inner]) => fits(inner, (given as { [name: string]: unknown })[name]));
}

function keep(value: unknown, answer: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if ('keep' in value) kept.set(String(value.keep), String(answer));
  if (typeof answer !== 'object' || answer === null) return;
  for (const [name, inner] of Object.entries(value)) keep(inner, (answer as { [name: string]: unknown })[name]);
}

async function ask({ ask: route = '', body }: Line): Promise<{ status: number; answer: unknown }> {
  const [method = '', path = ''] = route.split(' ');
  const reply = await fetch(`${running.url}${withKept(path)}`, {
    method,
    headers: {
      'ocp-apim-subscription-key': key,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await reply.text();
  return { status: reply.status, answer: text === '' ? undefined : JSON.parse(text) };
}

async function learnedOf(names: readonly string[]): Promise<readonly [string | null, number | null]> {
  const decision = await heed.lookup.decision('home', eventKey(...names.map(withKept)));
  const { signals } = await heed.decisions.get(decision ?? '');
  const newest = signals.findLast(({ kind }) => kind === 'reward');
  if (newest === undefined) return [null, null];
  return [newest.status, newest.value?.kind === 'reward' ? (newest.value.rewards['reward'] ?? null) : null];
}

/** What is wrong with the answer to a line, or with what is learned by then. */
async function faultsOf(line: Line): Promise<string[]> {
  const faults: string[] = [];
  if (line.wait !== undefined) clock.advance(line.wait * 1_000);
  if (line.ask !== undefined) {
    const { status, answer } = await ask(line);
    keep(line.answer, answer);
    if (status !== line.status || !fits(line.answer, answer))
      faults.push(`${line.ask} is answered ${status} ${JSON.stringify(answer)}`);
  }
  if (line.learned !== undefined) await heed.derive();
  for (const each of line.learned ?? []) {
    const names = each.slice(0, -2) as string[];
    const learned = await learnedOf(names);
    if (!fits(each.slice(-2), learned)) faults.push(`${names.join(' ')} is learned as ${learned.join(' ')}`);
  }
  return faults;
}

test('a recorded conversation with Personalizer replays on a running server', async () => {
  const faults: string[] = [];
  for (const line of lines) faults.push(...(await faultsOf(line)));
  expect(faults).toEqual([]);
  expect(lines.filter((line) => line.ask !== undefined).length).toBeGreaterThan(25);
});

test('slots are decisions of one episode, each with its features and its exact probability', async () => {
  const episode = (await heed.lookup.episode('home', eventKey('page-1'))) ?? '';
  expect(await heed.episodes.get(episode)).toMatchObject({ status: 'terminated' });
  const { rows } = await heed.decisions.list({ episode });
  const [side, main] = rows;
  expect(rows.map(({ step, action }) => [step, action])).toEqual([
    [1, { type: 'choice', item: 'sports' }],
    [0, { type: 'choice', item: 'news' }],
  ]);
  expect(main?.context).toMatchObject([
    { value: { 'slot.size': 'large', 'slot.position': 'top', 'user.profileType': 'anonymous' } },
  ]);
  expect(main?.candidates).toMatchObject({ count: 2, excluded: ['sports'] });
  expect(side?.candidates).toMatchObject({ count: 1, excluded: [] });
  expect(main?.behaviour.logProbability).toBe(0);
});

test("what Microsoft's own client sends is understood, header by header", async () => {
  const sent = readFileSync(new URL('fixtures/client.jsonl', import.meta.url), 'utf8')
    .trim()
    .split('\n');
  const statuses: number[] = [];
  let ranked: unknown;
  for (const line of sent) {
    const { method, path, headers, body } = JSON.parse(line) as Sent;
    const reply = await fetch(`${running.url}${path}`, {
      method,
      headers: { ...headers, 'ocp-apim-subscription-key': key },
      ...(body !== '' && { body }),
    });
    statuses.push(reply.status);
    if (path.endsWith('/rank')) ranked = await reply.json();
  }
  expect(statuses).toEqual([201, 204, 204]);
  expect(ranked).toMatchObject({ eventId: 'client-1', ranking: [{}, { id: 'curry', probability: 0 }, {}] });
  const decision = await heed.lookup.decision('home', eventKey('client-1'));
  const { activatedAt, feedback } = await heed.decisions.get(decision ?? '');
  expect([activatedAt === null, feedback.map(({ value }) => value)]).toEqual([
    false,
    [{ type: 'number', number: 0.75 }],
  ]);
});

test('a key is asked for, and its scopes hold; errors speak as Personalizer does', async () => {
  const rank = { ask: 'POST /personalizer/v1.0/rank', body: { actions: [{ id: 'a', features: [] }] } };
  const of = async (secret: string | undefined): Promise<[number, unknown]> => {
    const reply = await fetch(`${running.url}/personalizer/v1.0/rank`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(secret === undefined ? {} : { 'ocp-apim-subscription-key': secret }),
      },
      body: JSON.stringify(rank.body),
    });
    const { error } = (await reply.json()) as { error?: { code: string } };
    return [reply.status, error?.code];
  };
  const { secret: judge } = await heed.keys.create({ name: 'judge', scopes: ['feedback'], by: 'a test' });
  const { secret: other } = await heed.keys.create({
    name: 'other',
    scopes: ['decide'],
    loops: ['elsewhere'],
    by: 'a test',
  });
  expect(await of(undefined)).toEqual([401, '401']);
  expect(await of('wrong')).toEqual([401, '401']);
  expect(await of(judge)).toEqual([403, '403']);
  expect(await of(other)).toEqual([404, 'ResourceNotFound']);
  expect(await of(key)).toEqual([201, undefined]);
  const elsewhere = await fetch(`${running.url}/v1/loops`, { headers: { 'ocp-apim-subscription-key': key } });
  expect(elsewhere.status).toBe(401);
});

test('where it is not configured there are no such routes', async () => {
  const plain = await serve({ heed: { ...heed, personalizer: null }, port: 0, keys: 'required' });
  const reply = await fetch(`${plain.url}/personalizer/v1.0/rank`, { method: 'POST' });
  await plain.close();
  expect(reply.status).toBe(404);
});
