// The load generator, in a process of its own: `node load.ts '{"url":…,"scenario":…,"connections":…,"amount":…,"seed":…,"ids":[…]}'`.
// Prints one line of JSON.
import autocannon from 'autocannon';
import { callsOf } from './bodies.ts';
import type { Scenario } from './bodies.ts';

export interface LoadOptions {
  readonly url: string;
  readonly scenario: Scenario;
  readonly connections: number;
  /** Requests in all: every one of them is answered, so that rows can be counted. */
  readonly amount: number;
  readonly seed: string;
  readonly ids: readonly string[];
}

export interface LoadResult {
  /** Answers with 2xx. */
  readonly answered: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers with anything else, errors and timeouts. */
  readonly failed: number;
  /** Share of one core that the load generator took. */
  readonly cpu: number;
}

if (import.meta.main) console.log(JSON.stringify(await load(JSON.parse(process.argv[2] ?? '') as LoadOptions)));

async function load({ url, scenario, connections, amount, seed, ids }: LoadOptions): Promise<LoadResult> {
  const { path, next } = callsOf(scenario, seed, ids);
  const before = process.cpuUsage();
  const started = performance.now();
  // The generator itself ends with the second in which the last answer comes.
  let ended = started;
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const options = {
      url,
      connections,
      amount,
      timeout: 60,
      requests: [
        {
          method: 'POST' as const,
          path,
          headers: { 'content-type': 'application/json' },
          setupRequest: (request: autocannon.Request) => ({ ...request, body: next() }),
        },
      ],
    };
    autocannon(options, (error: Error | null, found) => (error === null ? resolve(found) : reject(error))).on(
      'response',
      () => {
        ended = performance.now();
      },
    );
  });
  const { user, system } = process.cpuUsage(before);
  const elapsedMs = ended - started;
  return {
    answered: result['2xx'],
    perSecond: result['2xx'] / (elapsedMs / 1_000),
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    failed: result.non2xx + result.errors + result.timeouts,
    cpu: (user + system) / 1_000 / elapsedMs,
  };
}
