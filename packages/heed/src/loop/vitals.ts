import { HeedError, isHeedError } from '../spec/index.ts';
import { freeBytesAt } from '../store/index.ts';
import type { CommittedGroup } from '../store/index.ts';
import type { Context } from './context.ts';

/** How the parts of this process are, and what the store counts: for whoever watches. */
export interface Vitals {
  readonly pool: { readonly open: number; readonly idle: number; readonly waiting: number };
  /** Rows that wait for the disk, by kind. */
  readonly writing: Readonly<Record<'decision' | 'feedback' | 'activation', number>>;
  readonly notifications: { readonly connected: boolean; readonly received: number };
  /** `null` where no worker runs in this process. */
  readonly worker: { readonly lastRoundAt: number; readonly failed: boolean } | null;
}

export interface StoreCounts {
  /** Of the newest jobs, how many are of each kind and status. */
  readonly jobs: readonly { readonly kind: string; readonly status: string; readonly count: number }[];
  readonly artifacts: readonly { readonly loop: string; readonly count: number }[];
}

export interface Monitor {
  vitals(): Vitals;
  counts(): Promise<StoreCounts>;
  /** Calls back for each synced commit of decisions, feedback and activations; returns how to stop. */
  onGroup(listener: (group: CommittedGroup) => void): () => void;
}

export interface HealthCheck {
  readonly name: 'store' | 'writer' | 'worker' | 'events' | 'disk' | 'versions';
  readonly status: 'ok' | 'degraded';
  readonly detail: string;
}

export interface Health {
  readonly ok: boolean;
  /** `degraded`: it works, but something wants looking after. */
  readonly status: 'ok' | 'degraded';
  readonly store: { readonly kind: 'embedded' | 'url'; readonly latencyMs: number };
  readonly checks: readonly HealthCheck[];
}

/** From when on something is degraded, or fails. */
const healthBounds = {
  latencyMs: 250,
  rowsWaiting: 5_000,
  workerSilentMs: 60_000,
  diskWarnBytes: 5 * 2 ** 30,
  diskFailBytes: 2 ** 28,
} as const;

const countedJobs = 200;

/** What a worker tells of its rounds. */
export interface Pulse {
  begun(at: number): void;
  round(at: number, failed: boolean): void;
  ended(): void;
  read(): Vitals['worker'];
}

export function createPulse(): Pulse {
  let last: Vitals['worker'] = null;
  return {
    begun: (at) => (last = { lastRoundAt: at, failed: false }),
    round: (at, failed) => (last = { lastRoundAt: failed ? (last?.lastRoundAt ?? at) : at, failed }),
    ended: () => (last = null),
    read: () => last,
  };
}

/** How this process is, and what the store has. */
export function createMonitor({ store, pulse }: Context): Monitor {
  return {
    vitals: () => ({
      pool: { open: store.pool.totalCount, idle: store.pool.idleCount, waiting: store.pool.waitingCount },
      writing: store.observer.waiting(),
      notifications: store.notifications.state(),
      worker: pulse.read(),
    }),
    async counts() {
      const [{ items }, { rows }] = await Promise.all([
        store.jobs.list({ limit: countedJobs }),
        store.pool.query<{ loop: string; count: string }>(
          'select loop, count(*)::text as count from heed.artifact where loop is not null group by loop order by loop',
        ),
      ]);
      const jobs = Map.groupBy(items, ({ kind, status }) => `${kind} ${status}`);
      return {
        jobs: [...jobs.values()].flatMap(([first, ...others]) =>
          first === undefined ? [] : [{ kind: first.kind, status: first.status, count: others.length + 1 }],
        ),
        artifacts: rows.map(({ loop, count }) => ({ loop, count: Number(count) })),
      };
    },
    onGroup: (listener) => store.observer.onGroup(listener),
  };
}

/**
 * Asks the store a question that the service lives on, and looks at all that may go wrong.
 *
 * @throws HeedError `store-unavailable` where the store does not answer, or its disk is full.
 */
export async function checkHealth(context: Context): Promise<Health> {
  const { store, clock, loops } = context;
  const before = performance.now();
  const newest = await store.loops.latestOfEach().catch((error: unknown) => {
    if (isHeedError(error)) throw error;
    throw new HeedError('store-unavailable', 'cannot work, as the store must answer: it does not', { cause: error });
  });
  const latencyMs = performance.now() - before;
  const { writing, worker, notifications } = createMonitor(context).vitals();
  const waiting = Math.max(...Object.values(writing));
  const silentMs = worker === null ? 0 : clock() - worker.lastRoundAt;
  const others = newest.filter(({ name, version }) => (loops.get(name)?.version ?? version) !== version).length;
  const checks: HealthCheck[] = [
    check('store', latencyMs < healthBounds.latencyMs, `answers in ${latencyMs.toFixed(1)} ms`),
    check('writer', waiting < healthBounds.rowsWaiting, `${waiting} rows wait for the disk`),
    check(
      'worker',
      worker === null || (!worker.failed && silentMs < healthBounds.workerSilentMs),
      worker === null
        ? 'none in this process'
        : `${worker.failed ? 'could not finish its last round; ' : ''}ended one ${Math.round(silentMs / 1_000)} s ago`,
    ),
    check('events', notifications.connected, notifications.connected ? 'listening' : 'the connection is lost'),
    await checkDisk(store.embedded?.dataFolder ?? null),
    check(
      'versions',
      others === 0,
      others === 0 ? 'the newest of every loop' : `${others} loops have another version in use`,
    ),
  ];
  const status = checks.every((each) => each.status === 'ok') ? 'ok' : 'degraded';
  return { ok: true, status, store: { kind: store.embedded === null ? 'url' : 'embedded', latencyMs }, checks };
}

function check(name: HealthCheck['name'], good: boolean, detail: string): HealthCheck {
  return { name, status: good ? 'ok' : 'degraded', detail };
}

async function checkDisk(folder: string | null): Promise<HealthCheck> {
  if (folder === null) return check('disk', true, 'not seen from here');
  const free = await freeBytesAt(folder).catch(() => null);
  return free === null ? check('disk', true, 'not seen from here') : judgeDisk(free);
}

/**
 * What the free space of the store's disk means.
 *
 * @throws HeedError `store-unavailable` where there is hardly any.
 */
export function judgeDisk(freeBytes: number): HealthCheck {
  if (freeBytes < healthBounds.diskFailBytes)
    throw new HeedError(
      'store-unavailable',
      `cannot work for long, as the store's disk must have ${healthBounds.diskFailBytes} bytes free: it has ${freeBytes}`,
    );
  return check('disk', freeBytes >= healthBounds.diskWarnBytes, `${(freeBytes / 2 ** 30).toFixed(1)} GiB free`);
}
