import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { Heed } from '../../loop/index.ts';

const latencyBuckets = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];
const sizeBuckets = [1, 2, 5, 10, 20, 50, 100, 200, 500];

export interface Metrics {
  /** Counts an answer; `route` is the route's pattern, never the path that was asked for. */
  answered(method: string, route: string, status: number, seconds: number): void;
  /** Everything in Prometheus' text format. */
  text(): Promise<string>;
  readonly contentType: string;
  close(): void;
}

/**
 * Metrics in a registry of their own, all named `heed_…`. On the way of a request only the latency is counted;
 * what is stored is counted once per commit, and the rest is read when somebody asks.
 */
export function createMetrics({ monitor }: Pick<Heed, 'monitor'>): Metrics {
  const register = new Registry();
  const registers = [register];
  const latency = new Histogram({
    name: 'heed_http_request_seconds',
    help: 'Time from a request to the end of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: latencyBuckets,
    registers,
  });
  const stored = {
    decision: new Counter({ name: 'heed_decisions_total', help: 'Decisions stored', labelNames: ['loop'], registers }),
    feedback: new Counter({ name: 'heed_feedback_total', help: 'Feedback stored', labelNames: ['loop'], registers }),
    activation: new Counter({
      name: 'heed_activations_total',
      help: 'Activations stored',
      labelNames: ['loop'],
      registers,
    }),
  };
  const groupSize = new Histogram({
    name: 'heed_group_size',
    help: 'Rows that shared a synced commit',
    labelNames: ['kind'],
    buckets: sizeBuckets,
    registers,
  });
  const groupSeconds = new Histogram({
    name: 'heed_group_seconds',
    help: 'Time that a synced commit took',
    labelNames: ['kind'],
    buckets: latencyBuckets,
    registers,
  });
  readLater(monitor, registers);
  const stop = monitor.onGroup(({ kind, size, seconds, stored: byLoop }) => {
    groupSize.observe({ kind }, size);
    groupSeconds.observe({ kind }, seconds);
    for (const [loop, count] of byLoop) stored[kind].inc({ loop }, count);
  });
  const children = new Map<string, ReturnType<typeof latency.labels>>();
  let withProcess = false;

  return {
    answered(method, route, status, seconds) {
      const key = `${method} ${route} ${status}`;
      let child = children.get(key);
      if (child === undefined) {
        child = latency.labels(method, route, String(status));
        children.set(key, child);
      }
      child.observe(seconds);
    },
    async text() {
      // Watching the process costs a little, so it begins when somebody looks.
      if (!withProcess) collectDefaultMetrics({ register, prefix: 'heed_' });
      withProcess = true;
      return register.metrics();
    },
    contentType: register.contentType,
    close: stop,
  };
}

/** What is read when somebody asks. */
function readLater(monitor: Heed['monitor'], registers: Registry[]): void {
  const gauge = (name: string, help: string, labelNames: string[], collect: (this: Gauge) => void | Promise<void>) =>
    void new Gauge({ name, help, labelNames, registers, collect });

  gauge('heed_rows_waiting', 'Rows that wait for the disk', ['kind'], function () {
    for (const [kind, waiting] of Object.entries(monitor.vitals().writing)) this.set({ kind }, waiting);
  });
  gauge('heed_pool_connections', 'Connections to PostgreSQL, and requests for one', ['state'], function () {
    for (const [state, count] of Object.entries(monitor.vitals().pool)) this.set({ state }, count);
  });
  gauge('heed_events_connected', 'Whether notifications can be heard', [], function () {
    this.set(monitor.vitals().notifications.connected ? 1 : 0);
  });
  gauge('heed_notifications_received', 'Notifications heard since the start', [], function () {
    this.set(monitor.vitals().notifications.received);
  });
  gauge('heed_worker_last_round_seconds', 'When the worker here ended its last good round', [], function () {
    const { worker } = monitor.vitals();
    this.set(worker === null ? Number.NaN : worker.lastRoundAt / 1_000);
  });
  gauge('heed_jobs', 'The newest 200 jobs by kind and status', ['kind', 'status'], async function () {
    const { jobs } = await monitor.counts();
    this.reset();
    for (const { kind, status, count } of jobs) this.set({ kind, status }, count);
  });
  gauge('heed_artifacts', 'Artifacts of each loop', ['loop'], async function () {
    for (const { loop, count } of (await monitor.counts()).artifacts) this.set({ loop }, count);
  });
}
