import { createHmac } from 'node:crypto';
import { HeedError } from '../spec/index.ts';
import type { Experiment } from '../spec/index.ts';
import { currentSnapshot, readHappenings } from '../store/index.ts';
import type { Happening, HappeningType } from '../store/index.ts';
import type { Context } from './context.ts';

/** Where something is told by HTTP. */
export interface WebhookDefinition {
  readonly url: string;
  /** Signs each message; at least 16 characters. */
  readonly secret: string;
  readonly events: readonly WebhookEvent[];
  /** Only what is of these loops. Left out: of all. */
  readonly loops?: readonly string[] | undefined;
}

export const webhookEvents = ['feedback', 'release', 'experiment', 'generation'] as const;
export type WebhookEvent = (typeof webhookEvents)[number];

/** What rows each event tells of. */
const rowsOfEvent = {
  feedback: ['feedback'],
  release: ['release'],
  experiment: ['experimentStart', 'experimentEnd'],
  // Told by who looks at generations, with the report that it keeps.
  generation: [],
} as const satisfies Record<WebhookEvent, readonly HappeningType[]>;
type Told = (typeof rowsOfEvent)[WebhookEvent][number];

/** What became of an experiment: one message when it starts, and one when it ends. */
export type ExperimentHappened = 'started' | 'guardrailCrossed' | 'stopped' | 'concluded';

/** What is wrong with a generation: told once of each. */
export type GenerationHappened = 'degraded' | 'oscillating';

/** One message on its way; its `id` is the same with every attempt, so that a receiver can tell repetitions. */
export interface WebhookMessage {
  readonly id: string;
  readonly url: string;
  readonly body: string;
}

const batch = 500;
const answerWithinMs = 10_000;
const cursorName = 'webhook cursor';

/**
 * Refuses webhooks that cannot work.
 *
 * @throws HeedError `invalid-configuration`.
 */
export function checkWebhooks(webhooks: readonly WebhookDefinition[]): void {
  for (const { url, secret, events } of webhooks) {
    const invalid = (why: string): HeedError =>
      new HeedError('invalid-configuration', `cannot use the webhook ${url}, as ${why}`);
    const protocol = URL.canParse(url) ? new URL(url).protocol : 'none';
    if (protocol !== 'http:' && protocol !== 'https:') throw invalid(`its URL must be of http or https: it is not`);
    if (secret.length < 16) throw invalid(`its secret must have 16 characters or more: it has ${secret.length}`);
    const unknown = events.find((event) => !webhookEvents.includes(event));
    if (events.length === 0 || unknown !== undefined)
      throw invalid(`events must be some of ${webhookEvents.join(', ')}: they are ${events.join(', ') || 'none'}`);
  }
}

/**
 * The header `heed-signature`: `t=SECONDS,v1=HEX`, where HEX is HMAC-SHA256 of `SECONDS.BODY` under the secret.
 *
 * @example
 * signWebhook('a secret of sixteen', '{}', 1_767_690_000) === signWebhook('a secret of sixteen', '{}', 1_767_690_000);
 */
export function signWebhook(secret: string, body: string, seconds: number): string {
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}

/**
 * Hands over what was committed since the last call, for each webhook that wants it: at least once, and none before the first call ever.
 * Only ids are told; who wants more asks for it with a key.
 */
export async function collectWebhooks(
  { store, webhooks }: Pick<Context, 'store' | 'webhooks'>,
  send: (messages: readonly WebhookMessage[]) => Promise<void>,
): Promise<number> {
  if (webhooks.length === 0) return 0;
  const types = webhookEvents.flatMap((event): readonly Told[] => rowsOfEvent[event]);
  let told = 0;
  await store.transaction(
    async (transaction) => {
      const upTo = await currentSnapshot(store.pool);
      const since = await store.settings.get(cursorName, transaction);
      if (typeof since === 'string') {
        let after: Happening<Told> | undefined;
        for (;;) {
          const query = { types, since, upTo, after, limit: batch };
          const happened = await readHappenings(store.pool, query);
          const messages: WebhookMessage[] = [];
          for (const row of happened) messages.push(...messagesFor(webhooks, row, await contentOf(store, row)));
          if (messages.length > 0) await send(messages);
          told += messages.length;
          after = happened.at(-1);
          if (happened.length < batch) break;
        }
      }
      await store.settings.set(cursorName, upTo, transaction);
    },
    { lock: 'heed webhooks' },
  );
  return told;
}

interface Content {
  readonly id: string;
  readonly type: WebhookEvent;
  readonly loop: string | null;
  readonly record: string;
  readonly happened?: ExperimentHappened | GenerationHappened;
}

async function contentOf(store: Context['store'], { type, loop, id }: Happening<Told>): Promise<Content> {
  if (type !== 'experimentStart' && type !== 'experimentEnd') return { id: `${type}-${id}`, type, loop, record: id };
  const ended = type === 'experimentEnd';
  const happened = ended ? howEnded(await store.experiments.get(id)) : 'started';
  return { id: `experiment-${id}-${ended ? 'ended' : 'started'}`, type: 'experiment', loop, record: id, happened };
}

function howEnded(experiment: Experiment | null): ExperimentHappened {
  if (experiment?.status === 'concluded') return 'concluded';
  return experiment?.end?.cause === 'guardrail' ? 'guardrailCrossed' : 'stopped';
}

/** What webhooks are told of a generation; a repetition has the same id. */
export function generationMessages(
  webhooks: readonly WebhookDefinition[],
  { loop, artifact, report }: { readonly loop: string; readonly artifact: string; readonly report: string },
  happened: readonly GenerationHappened[],
): WebhookMessage[] {
  const type = 'generation';
  const wanted = webhooks.filter(
    ({ events, loops }) => events.includes(type) && (loops === undefined || loops.includes(loop)),
  );
  return happened.flatMap((each) => {
    const content: Content = { id: `generation-${artifact}-${each}`, type, loop, record: report, happened: each };
    return wanted.map(({ url }) => ({ id: content.id, url, body: JSON.stringify(content) }));
  });
}

function messagesFor(
  webhooks: readonly WebhookDefinition[],
  { type, loop }: Happening<Told>,
  content: Content,
): WebhookMessage[] {
  const wanted = webhooks.filter(
    ({ events, loops }) =>
      events.some((event) => rowsOfEvent[event].some((row) => row === type)) &&
      (loops === undefined || (loop !== null && loops.includes(loop))),
  );
  return wanted.map(({ url }) => ({ id: content.id, url, body: JSON.stringify(content) }));
}

/**
 * Delivers a message, once.
 *
 * @throws HeedError `unreachable` where the receiver does not answer with 2xx; a redirection is no such answer.
 */
export async function deliverWebhook(
  { webhooks, clock }: Pick<Context, 'webhooks' | 'clock'>,
  { id, url, body }: WebhookMessage,
): Promise<void> {
  const webhook = webhooks.find((each) => each.url === url);
  // It was taken out of the configuration since.
  if (webhook === undefined) return;
  const response = await fetch(url, {
    method: 'POST',
    redirect: 'manual',
    signal: AbortSignal.timeout(answerWithinMs),
    headers: {
      'content-type': 'application/json',
      'heed-id': id,
      'heed-signature': signWebhook(webhook.secret, body, Math.floor(clock() / 1_000)),
    },
    body,
  }).catch((cause: unknown) => {
    throw new HeedError('unreachable', `cannot deliver ${id}, as the receiver must answer: it does not`, { cause });
  });
  await response.body?.cancel();
  if (!response.ok)
    throw new HeedError(
      'unreachable',
      `cannot deliver ${id}, as the receiver must answer 2xx: it answers ${response.status}`,
    );
}

/** A message that was given up. */
export interface DeadWebhook {
  readonly id: string;
  readonly url: string;
  readonly type: string;
  readonly loop: string | null;
  /** The feedback, the release or the experiment that it tells of. */
  readonly record: string;
  readonly since: string;
}

/** What a message that was given up was to tell. */
export function toDead({ id, url, body }: WebhookMessage, since: Date): DeadWebhook {
  const { type, loop, record } = JSON.parse(body) as Pick<DeadWebhook, 'type' | 'loop' | 'record'>;
  return { id, url, type, loop, record, since: since.toISOString() };
}
