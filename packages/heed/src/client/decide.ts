import { unshownCategory } from '../spec/unshown.ts';
import type { DecideReply, DecideRequest } from '../loop/index.ts';
import type { Descriptions } from './descriptions.ts';
import { ClientError, isLate, isOutage, mayHaveArrived } from './error.ts';
import { fallBack, recordOf } from './fallback.ts';
import type { Queue } from './queue.ts';
import type { Transport } from './transport.ts';

export interface DecideOptions {
  /** In place of the loop's own deadline. */
  readonly deadlineMs?: number | undefined;
}

export interface Decider {
  decide(loop: string, request: DecideRequest, options?: DecideOptions): Promise<DecideReply>;
  decideBatch(loop: string, requests: readonly DecideRequest[], options?: DecideOptions): Promise<DecideReply[]>;
}

export interface DeciderParts {
  readonly transport: Transport;
  readonly descriptions: Descriptions;
  readonly queue: Pick<Queue, 'push'>;
  readonly clock: () => number;
  readonly newId: () => string;
  readonly deadlineMs: number | undefined;
}

type Asked = DecideRequest & { readonly id: string };

/** Decides by the server, and by the baseline where the server is late or away: within the deadline either way. */
export function createDecider({ transport, descriptions, queue, clock, newId, deadlineMs }: DeciderParts): Decider {
  async function ask(
    loop: string,
    requests: readonly DecideRequest[],
    { deadlineMs: asked }: DecideOptions,
    call: (requests: readonly Asked[], timeoutMs: number) => Promise<DecideReply[]>,
  ): Promise<DecideReply[]> {
    const named = requests.map((request) => ({ ...request, id: request.id ?? newId() }));
    try {
      const replies = await call(named, asked ?? deadlineMs ?? descriptions.get(loop).deadlineMs);
      if (replies.length < named.length || replies.some((reply) => typeof reply?.decision !== 'string')) {
        throw new ClientError('unreachable', 'cannot decide, as the answer must be decisions: it is something else');
      }
      for (const { loopVersion } of replies.slice(0, 1)) descriptions.check(loop, loopVersion);
      return replies;
    } catch (error) {
      if (!isOutage(error)) throw error;
      return named.map((request) => actAlone(loop, request, error));
    }
  }

  /** The baseline acts under an id of its own; the answer that nobody waited for, if there will be one, is declared unshown. */
  function actAlone(loop: string, request: Asked, error: ClientError): DecideReply {
    const { fallback, version } = descriptions.get(loop);
    const reason = isLate(error) ? 'late' : 'down';
    const decidedAt = new Date(clock()).toISOString();
    const reply = fallBack(loop, fallback, request, { id: newId(), reason, decidedAt, loopVersion: version });
    if (request.dryRun === true) return reply;
    if (mayHaveArrived(error)) {
      queue.push({
        type: 'feedback',
        request: {
          loop,
          decision: request.id,
          kind: 'verdict',
          value: unshownCategory,
          source: { type: 'system', seen: 'nothing' },
          observedAt: decidedAt,
          idempotencyKey: `unshown/${request.id}`,
        },
      });
    }
    if (reply.chosen.length > 0) queue.push({ type: 'record', loop, request: recordOf(reply, reason, request) });
    return reply;
  }

  return {
    async decide(loop, request, options = {}) {
      const [reply] = await ask(loop, [request], options, async ([only], timeoutMs) => [
        await transport.call<DecideReply>('POST', `/v1/loops/${encodeURIComponent(loop)}/decide`, only, { timeoutMs }),
      ]);
      if (reply === undefined)
        throw new ClientError('internal', 'cannot decide, as there must be a reply for each request: there is none');
      return reply;
    },
    async decideBatch(loop, requests, options = {}) {
      if (requests.length === 0) return [];
      return ask(loop, requests, options, async (named, timeoutMs) => {
        const { replies } = await transport.call<{ replies: DecideReply[] }>(
          'POST',
          `/v1/loops/${encodeURIComponent(loop)}/decide-batch`,
          { requests: named },
          { timeoutMs },
        );
        return Array.isArray(replies) ? replies : [];
      });
    },
  };
}
