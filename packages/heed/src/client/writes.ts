import type { FeedbackRequest, RecordRequest } from '../loop/index.ts';
import { clientDefaults } from './defaults.ts';
import { errorOf, isOutage, resultsOf } from './error.ts';
import type { ProblemDocument } from './error.ts';
import type { Queue, QueuedCall } from './queue.ts';
import type { Transport } from './transport.ts';
import type { ActivateOutcome, FeedbackOutcome, Judgement, RecordOutcome } from './types.ts';

export interface Writes {
  record(loop: string, request: RecordRequest): Promise<RecordOutcome>;
  feedback(requests: readonly FeedbackRequest[]): Promise<FeedbackOutcome[]>;
  judge(token: string, judgement: Judgement): Promise<FeedbackOutcome>;
  activate(decision: string): Promise<ActivateOutcome>;
}

export interface WritesParts {
  readonly transport: Transport;
  readonly queue: Pick<Queue, 'push' | 'size'>;
  readonly clock: () => number;
  readonly newId: () => string;
}

type FeedbackResult =
  | { readonly status: 'accepted' | 'duplicate'; readonly feedback: string }
  | { readonly status: 'refused'; readonly problem: ProblemDocument };

const options = { timeoutMs: clientDefaults.writeTimeoutMs };
const waiting = { feedback: null, status: 'queued' } as const;

/**
 * Writes that reach the server sooner or later, and once: each carries a key of its own from the start. While others wait,
 * a new one waits behind them, so that a feedback never overtakes the record of its decision.
 */
export function createWrites({ transport, queue, clock, newId }: WritesParts): Writes {
  async function sendOrQueue<Reply, Queued>(
    call: QueuedCall,
    send: () => Promise<Reply>,
    queued: Queued,
  ): Promise<Reply | Queued> {
    if (queue.size === 0) {
      try {
        return await send();
      } catch (error) {
        if (!isOutage(error)) throw error;
      }
    }
    queue.push(call);
    return queued;
  }

  function now(): string {
    return new Date(clock()).toISOString();
  }

  /** @throws ClientError where the server refused it. */
  function taken(result: FeedbackResult | undefined, request: FeedbackRequest): FeedbackOutcome {
    if (result === undefined || result.status !== 'refused') return result ?? waiting;
    const error: Error = errorOf(result.problem);
    if (!isOutage(error)) throw error;
    queue.push({ type: 'feedback', request });
    return waiting;
  }

  return {
    record(loop, given) {
      const id = given.id ?? newId();
      const request = { ...given, id, idempotencyKey: given.idempotencyKey ?? id, decidedAt: given.decidedAt ?? now() };
      return sendOrQueue<RecordOutcome, RecordOutcome>(
        { type: 'record', loop, request },
        async () => ({
          ...(await transport.call<{ decision: string; token: string }>(
            'POST',
            `/v1/loops/${encodeURIComponent(loop)}/record`,
            request,
            options,
          )),
          status: 'accepted',
        }),
        { decision: id, token: null, status: 'queued' },
      );
    },
    async feedback(given) {
      const requests = given.map((request) => ({
        ...request,
        idempotencyKey: request.idempotencyKey ?? newId(),
        observedAt: request.observedAt ?? now(),
      }));
      if (queue.size === 0 && requests.length > 0) {
        try {
          const answer = await transport.call<{ results: readonly FeedbackResult[] }>(
            'POST',
            '/v1/feedback',
            { feedback: requests },
            options,
          );
          const results = resultsOf(answer, requests.length);
          const outcomes = await Promise.allSettled(
            requests.map(async (request, place) => taken(results[place], request)),
          );
          return outcomes.map((outcome) => {
            if (outcome.status === 'rejected') throw outcome.reason;
            return outcome.value;
          });
        } catch (error) {
          if (!isOutage(error)) throw error;
        }
      }
      for (const request of requests) queue.push({ type: 'feedback', request });
      return requests.map(() => waiting);
    },
    judge(token, judgement) {
      const request = { ...judgement, token, observedAt: judgement.observedAt ?? now() };
      return sendOrQueue<FeedbackOutcome, FeedbackOutcome>(
        { type: 'judge', request },
        () => transport.call('POST', '/v1/feedback/token', request, { ...options, open: true }),
        waiting,
      );
    },
    activate: (decision) =>
      sendOrQueue<ActivateOutcome, ActivateOutcome>(
        { type: 'activate', decision },
        async () => ({
          ...(await transport.call<{ activatedAt: string }>(
            'POST',
            `/v1/decisions/${encodeURIComponent(decision)}/activate`,
            undefined,
            options,
          )),
          status: 'accepted',
        }),
        { activatedAt: null, status: 'queued' },
      ),
  };
}
