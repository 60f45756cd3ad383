import { setTimeout as wait } from 'node:timers/promises';
import { createRandom } from '../../packages/heed/src/math/index.ts';

const requestWithinMs = 10_000;
const retryAfterMs = 50;
const drainWithinMs = 60_000;
/** Of the requests whose connection broke, how many are given up: their rows may or may not be there. */
const givenUp = 0.1;
/** Of the acknowledged requests, how many are sent once more with their key. */
const sentAgain = 0.1;
const topics = ['art', 'bread', 'chess', 'dance'];

export type Kind = 'decision' | 'feedback';

/** What the clients were told. */
export interface Ledger {
  /** By key, the id that was acknowledged. */
  readonly acknowledged: Record<Kind, Map<string, string>>;
  /** Keys whose connection broke, or whose answer was that the store is away, and which were not tried again. */
  readonly abandoned: Set<string>;
  /** Keys that were never acknowledged, although tried to the end. */
  readonly unfinished: Set<string>;
  /** Answers that no client should see, and keys that were answered with a second id. */
  readonly wrong: string[];
  /** Of the requests that were not acknowledged, how many had which status; 0: no answer. */
  readonly statuses: Map<number, number>;
  /** Requests that had to be repeated. */
  retries: number;
}

export interface Load {
  readonly ledger: Ledger;
  /** Resolves with the time of the first acknowledgement of a decision that was sent after this moment. */
  readonly acknowledgedAfter: (moment: number, withinMs: number) => Promise<number>;
  /** No new requests; those begun are repeated until they are acknowledged. */
  readonly stop: () => Promise<void>;
}

/** The ledger of clients that were told nothing yet. */
export function emptyLedger(): Ledger {
  return {
    acknowledged: { decision: new Map(), feedback: new Map() },
    abandoned: new Set(),
    unfinished: new Set(),
    wrong: [],
    statuses: new Map(),
    retries: 0,
  };
}

/** Starts clients that decide and judge, each request with a key, repeated with the same key until it is acknowledged. */
export function startLoad({
  url,
  clients,
  seed,
}: {
  readonly url: string;
  readonly clients: number;
  readonly seed: string;
}): Load {
  const ledger = emptyLedger();
  const stopped = new AbortController();
  let stopping = Infinity;
  let newest = { sentAt: -Infinity, at: -Infinity };

  async function send(kind: Kind, key: string, body: object, uniform: () => number): Promise<string | null> {
    let broke = false;
    while (performance.now() < stopping + drainWithinMs) {
      const sentAt = performance.now();
      const reply = await attempt(url, kind, key, body);
      if ('id' in reply) {
        if (kind === 'decision' && sentAt > newest.sentAt) newest = { sentAt, at: performance.now() };
        return reply.id;
      }
      ledger.statuses.set(reply.status, (ledger.statuses.get(reply.status) ?? 0) + 1);
      if (!reply.mayRepeat) {
        ledger.wrong.push(`${kind} ${key}: ${reply.why}`);
        return null;
      }
      if (reply.reached && !broke) {
        broke = true;
        if (uniform() < givenUp) {
          ledger.abandoned.add(key);
          return null;
        }
      }
      ledger.retries += 1;
      await wait(retryAfterMs);
    }
    ledger.unfinished.add(key);
    return null;
  }

  async function ask(kind: Kind, key: string, body: object, uniform: () => number): Promise<string | null> {
    const id = await send(kind, key, body, uniform);
    if (id === null) return null;
    ledger.acknowledged[kind].set(key, id);
    if (uniform() >= sentAgain) return id;
    const again = await attempt(url, kind, key, body);
    if ('id' in again && again.id !== id) ledger.wrong.push(`${kind} ${key} is ${id}, and ${again.id} when repeated`);
    return id;
  }

  async function client(name: number): Promise<void> {
    const { uniform } = createRandom(`${seed} client ${name}`);
    for (let turn = 0; !stopped.signal.aborted; turn += 1) {
      const context = { hour: Math.floor(uniform() * 24) };
      const candidates = topics.map((topic) => ({ item: topic, features: { topic } }));
      const decision = await ask('decision', `decision-${name}-${turn}`, { context, candidates }, uniform);
      if (decision === null) continue;
      const judgement = { loop: 'front', decision, name: 'click' };
      await ask('feedback', `feedback-${name}-${turn}`, { feedback: [judgement] }, uniform);
    }
  }

  const running = Array.from({ length: clients }, (_, name) => client(name));
  return {
    ledger,
    async acknowledgedAfter(moment, withinMs) {
      while (newest.sentAt <= moment) {
        if (performance.now() - moment > withinMs) return Infinity;
        await wait(2);
      }
      return newest.at;
    },
    async stop() {
      stopping = performance.now();
      stopped.abort();
      await Promise.all(running);
    },
  };
}

export type Reply =
  | { readonly id: string }
  | {
      readonly mayRepeat: boolean;
      /** Whether the server may have seen the request. */
      readonly reached: boolean;
      /** Of the answer; 0 where there was none. */
      readonly status: number;
      readonly why: string;
    };

/** Sends a request once. */
export async function attempt(url: string, kind: Kind, key: string, body: object): Promise<Reply> {
  try {
    const response = await fetch(`${url}${kind === 'decision' ? '/v1/loops/front/decide' : '/v1/feedback'}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(requestWithinMs),
    });
    const said = await response.text();
    if (!response.ok)
      return {
        mayRepeat: mayRepeat(response.status),
        reached: true,
        status: response.status,
        why: `${response.status} ${said}`,
      };
    const read = JSON.parse(said) as Answer;
    if (kind === 'decision') return { id: read.decision ?? '' };
    const result = read.results?.[0];
    if (result?.feedback !== undefined) return { id: result.feedback };
    const status = result?.problem?.status ?? 0;
    return { mayRepeat: mayRepeat(status), reached: true, status, why: said };
  } catch (error) {
    return { mayRepeat: true, reached: !wasRefused(error), status: 0, why: String(error) };
  }
}

interface Answer {
  readonly decision?: string;
  readonly results?: readonly { readonly feedback?: string; readonly problem?: { readonly status: number } }[];
}

function mayRepeat(status: number): boolean {
  return [408, 429, 503, 507].includes(status);
}

function wasRefused(error: unknown): boolean {
  return (
    error instanceof Error &&
    error.cause instanceof Error &&
    'code' in error.cause &&
    error.cause.code === 'ECONNREFUSED'
  );
}
