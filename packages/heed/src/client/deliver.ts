import { clientDefaults } from './defaults.ts';
import { ClientError, errorOf, isOutage, isRefusal, resultsOf } from './error.ts';
import type { ProblemDocument } from './error.ts';
import type { Outcome, QueueEntry } from './queue.ts';
import type { Transport } from './transport.ts';

/** Entries sent in one call, and calls sent at once where each entry is a call of its own. */
const largestBatch = 100;
const callsAtOnce = 20;
/** An entry on which the server itself breaks is given up after so many tries; one that finds nobody never is. */
const mostBreaks = 5;

type Batch = readonly [QueueEntry, ...QueueEntry[]];
type Result = { readonly status: string; readonly problem?: ProblemDocument };

/** Sends the run of like entries that a queue begins with. */
export function createDelivery(
  transport: Transport,
): (entries: Iterable<QueueEntry>) => Promise<ReadonlyMap<QueueEntry, Outcome>> {
  const breaks = new Map<string, number>();

  async function sendBatch(batch: Batch): Promise<ReadonlyMap<QueueEntry, Outcome>> {
    try {
      const results = resultsOf(await post<{ results: readonly Result[] }>(batch), batch.length);
      return new Map(batch.map((entry, place) => [entry, outcomeOf(entry, results[place])]));
    } catch (error) {
      if (batch.length > 1 && !isOutage(error)) return sendApart(batch);
      return new Map(batch.map((entry) => [entry, failed(entry, error)]));
    }
  }

  /** One entry that does not fit its schema makes a whole batch fail. */
  async function sendApart(batch: Batch): Promise<ReadonlyMap<QueueEntry, Outcome>> {
    const outcomes = new Map<QueueEntry, Outcome>();
    for (const entry of batch) for (const [each, outcome] of await sendBatch([entry])) outcomes.set(each, outcome);
    return outcomes;
  }

  async function sendSingle(entry: QueueEntry): Promise<readonly [QueueEntry, Outcome]> {
    try {
      await post([entry]);
      return [entry, { status: 'sent' }];
    } catch (error) {
      return [entry, failed(entry, error)];
    }
  }

  function post<Reply>(batch: Batch): Promise<Reply> {
    const { path, body, open } = routeOf(batch);
    return transport.call('POST', path, body, { timeoutMs: clientDefaults.timeoutMs, open });
  }

  function outcomeOf(entry: QueueEntry, result: Result | undefined): Outcome {
    if (result?.problem === undefined) return { status: 'sent' };
    return failed(entry, errorOf(result.problem));
  }

  function failed(entry: QueueEntry, error: unknown): Outcome {
    if (isRefusal(error)) return { status: 'refused', error };
    if (!(error instanceof ClientError))
      return {
        status: 'refused',
        error: new ClientError('internal', `cannot send this entry: ${String(error)}`, { cause: error }),
      };
    if (error.code !== 'internal') return { status: 'later' };
    const count = (breaks.get(entry.id) ?? 0) + 1;
    breaks.set(entry.id, count);
    if (count < mostBreaks) return { status: 'later' };
    breaks.delete(entry.id);
    return { status: 'refused', error };
  }

  return async (entries) => {
    const batch = leadingRun(entries);
    if (batch === null) return new Map();
    const { type } = batch[0].call;
    return type === 'record' || type === 'feedback'
      ? sendBatch(batch)
      : new Map(await Promise.all(batch.map(sendSingle)));
  };
}

function routeOf(batch: Batch): { readonly path: string; readonly body?: unknown; readonly open?: boolean } {
  const [{ call }] = batch;
  const requests = batch.map((entry) => ('request' in entry.call ? entry.call.request : null));
  if (call.type === 'record') {
    return { path: `/v1/loops/${encodeURIComponent(call.loop)}/record-batch`, body: { requests } };
  }
  if (call.type === 'feedback') return { path: '/v1/feedback', body: { feedback: requests } };
  if (call.type === 'judge') return { path: '/v1/feedback/token', body: call.request, open: true };
  return { path: `/v1/decisions/${encodeURIComponent(call.decision)}/activate` };
}

function leadingRun(entries: Iterable<QueueEntry>): Batch | null {
  const run: QueueEntry[] = [];
  for (const entry of entries) {
    const [first = entry] = run;
    const limit = entry.call.type === 'record' || entry.call.type === 'feedback' ? largestBatch : callsAtOnce;
    if (kindOf(entry) !== kindOf(first) || run.length === limit) break;
    run.push(entry);
  }
  const [first, ...rest] = run;
  return first === undefined ? null : [first, ...rest];
}

function kindOf({ call }: QueueEntry): string {
  return call.type === 'record' ? `record ${call.loop}` : call.type;
}
