import type { FeedbackRequest, HeedConfig, RecordRequest } from '../loop/index.ts';
import { createIds } from '../math/identifier.ts';
import { createDecider } from './decide.ts';
import { clientDefaults } from './defaults.ts';
import { createDelivery } from './deliver.ts';
import { createDescriptions } from './descriptions.ts';
import { ClientError, isOutage } from './error.ts';
import { createOperations } from './operate.ts';
import { createQueue } from './queue.ts';
import { subscribe } from './subscribe.ts';
import { createTransport } from './transport.ts';
import type { Client, ClientOptions } from './types.ts';
import { createWrites } from './writes.ts';

/**
 * Makes a client of a Heed server, for Node and browsers. Give it the type of your configuration, and every loop, context,
 * candidate and feedback is checked by the compiler.
 *
 * @throws TypeError where `url` is no http address.
 * @example
 * import { createClient } from 'heed/client';
 * import type config from './heed.config.ts';
 *
 * const heed = createClient<typeof config>({ url: 'http://127.0.0.1:4141' });
 * const { chosen } = await heed.decide('greeting', { context: { hour: 9 }, candidates: [{ item: 'hello', features: { tone: 'warm' } }] });
 */
export function createClient<Config extends HeedConfig = HeedConfig>(options: ClientOptions<Config>): Client<Config> {
  const { url, clock = Date.now, onError = () => undefined } = options;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new TypeError(`cannot make a client, as url must be an http address: it is ${url}`);
  const newId = createIds(clock, (words) => crypto.getRandomValues(words));
  const fetch: typeof globalThis.fetch = options.fetch ?? ((...request) => globalThis.fetch(...request));
  const transport = createTransport({ url, key: options.key, fetch, onAnswer: () => queue.wake() });
  const queue = createQueue({
    limit: options.queueLimit ?? clientDefaults.queueLimit,
    storage: options.queue ?? null,
    deliver: createDelivery(transport),
    newId,
    onDrop: options.onDrop ?? (() => undefined),
    onError,
  });
  const descriptions = createDescriptions(transport, options.fallbacks ?? {}, clock);
  const decider = createDecider({ transport, descriptions, queue, clock, newId, deadlineMs: options.deadlineMs });
  const writes = createWrites({ transport, queue, clock, newId });
  const operations = createOperations(transport, options.timeoutMs ?? clientDefaults.timeoutMs, (statuses) =>
    descriptions.take(statuses),
  );
  const stops = new Set<() => void>();

  return {
    ...operations,
    async prepare() {
      try {
        await operations.loops.list();
        return true;
      } catch (error) {
        if (error instanceof ClientError && !isOutage(error)) throw error;
        return false;
      }
    },
    decide: (loop, request, more) => decider.decide(loop, request as never, more),
    decideBatch: (loop, requests, more) => decider.decideBatch(loop, requests as never, more),
    record: (loop, request) => writes.record(loop, request as RecordRequest),
    feedback: (requests) => writes.feedback(requests as readonly FeedbackRequest[]),
    judge: (token, judgement) => writes.judge(token, judgement),
    activate: (decision) => writes.activate(decision),
    subscribe(listener, more = {}) {
      const stop = subscribe(transport, listener, more, onError);
      stops.add(stop);
      return () => {
        stop();
        stops.delete(stop);
      };
    },
    flush: () => queue.flush(),
    get pending() {
      return queue.size;
    },
    get dropped() {
      return queue.dropped;
    },
    async close() {
      for (const stop of stops) stop();
      stops.clear();
      await queue.close();
    },
  };
}
