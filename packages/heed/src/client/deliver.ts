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

  async function sendSingles(batch: Batch): Promise<ReadonlyMap<QueueEntry, Outcome>> {
    const outcomes = batch.map(async (entry) => {
      try {
        await post([entry]);
        return [entry, { status: 'sent' } as Outcome] as const;
      } catch (error) {
        return [entry, failed(entry, error)] as const;
      }
    });
    return new Map(await Promise.all(outcomes));
  }

  function post<Reply>(batch: Batch): Promise<Reply> {
    const [{ call }] = batch;
    const options = { timeoutMs: clientDefaults.timeoutMs };
    const requests = batch.map((entry) => ('request' in entry.call ? entry.call.request : null));
    switch (call.type) {
      case 'record':
        return transport.call('POST', `/v1/loops/${encodeURIComponent(call.loop)}/record-batch`, { requests }, options);
      case 'feedback':
        return transport.call('POST', '/v1/feedback', { feedback: requests }, options);
      case 'judge':
        return transport.call('POST', '/v1/feedback/token', call.request, { ...options, open: true });
      case 'activate':
        return transport.call(
          'POST',
          `/v1/decisions/${encodeURIComponent(call.decision)}/activate`,
          undefined,
          options,
        );
    }
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

  return (entries) => {
    const batch = leadingRun(entries);
    if (batch === null) return Promise.resolve(new Map());
    const { type } = batch[0].call;
    return type === 'record' || type === 'feedback' ? sendBatch(batch) : sendSingles(batch);
  };
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
