import { Worker } from 'node:worker_threads';
import type { Outcome } from './paper.ts';

export interface SeedOrder {
  readonly paper: string;
  readonly settings: unknown;
  readonly seed: number;
  readonly ablation: string | null;
}

export type SeedReply =
  | { readonly kind: 'pulse'; readonly share: number }
  | { readonly kind: 'outcome'; readonly outcome: Outcome }
  | { readonly kind: 'failure'; readonly message: string };

export interface PoolOptions {
  readonly workers: number;
  readonly signal: AbortSignal;
  readonly onPulse: (order: SeedOrder, share: number) => void;
  readonly onOutcome: (order: SeedOrder, outcome: Outcome) => void;
}

const fromSources = import.meta.url.endsWith('.ts');
const entry = new URL(fromSources ? './worker.ts' : './worker.js', import.meta.url);

/**
 * Runs orders on worker threads, each thread one at a time.
 * @throws the signal's reason where it fires, and Error where a seed fails; the threads are ended either way.
 */
export async function runOrders(orders: readonly SeedOrder[], options: PoolOptions): Promise<void> {
  const left = [...orders];
  const workers = Array.from({ length: Math.min(options.workers, left.length) }, startWorker);
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(options.signal.reason as Error);
  options.signal.addEventListener('abort', abort, { once: true });
  try {
    options.signal.throwIfAborted();
    await Promise.race([Promise.all(workers.map((worker) => serve(worker, left, options))), aborted]);
  } finally {
    options.signal.removeEventListener('abort', abort);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function startWorker(): Worker {
  const execArgv = fromSources ? ['--conditions=heed-source', '--disable-warning=ExperimentalWarning'] : [];
  return new Worker(entry, { execArgv });
}

async function serve(worker: Worker, left: SeedOrder[], { onPulse, onOutcome }: PoolOptions): Promise<void> {
  for (let order = left.shift(); order !== undefined; order = left.shift()) {
    const current = order;
    onOutcome(current, await runOrder(worker, current, (share) => onPulse(current, share)));
  }
}

function runOrder(worker: Worker, order: SeedOrder, onPulse: (share: number) => void): Promise<Outcome> {
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
  const take = (reply: SeedReply): void => {
    if (reply.kind === 'pulse') onPulse(reply.share);
    else if (reply.kind === 'outcome') resolve(reply.outcome);
    else reject(new Error(`cannot run paper ${order.paper}, as seed ${order.seed} must end: ${reply.message}`));
  };
  const exit = (code: number): void =>
    reject(new Error(`cannot run paper ${order.paper}, as its thread must live: it ended with ${code}`));
  worker.on('message', take);
  worker.once('error', reject);
  worker.once('exit', exit);
  worker.postMessage(order);
  return promise.finally(() => {
    worker.off('message', take);
    worker.off('error', reject);
    worker.off('exit', exit);
  });
}
