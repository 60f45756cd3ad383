import { randomUUID } from 'node:crypto';
import type { LimitedHeed, Personalizer } from '../../loop/index.ts';
import { isHeedError } from '../../spec/index.ts';

interface Reward {
  readonly loop: string;
  /** The key of the event, or of the slot. */
  readonly event: string;
  readonly decision: string;
  readonly value: number;
  /** The caller's idempotency key. */
  readonly once: string | undefined;
}

/** Gives decisions their rewards, each its first one alone or one of those that are summed; where one is refused, none is given. */
export async function giveRewards(
  heed: Pick<LimitedHeed, 'feedback'>,
  { feedback: name, rewardAggregation }: Personalizer,
  rewards: readonly Reward[],
): Promise<void> {
  const sum = rewardAggregation === 'sum';
  const given = rewards.map(({ loop, event, decision, value, once }) => ({
    loop,
    decision,
    name,
    value,
    // One giver's newest answer counts: what is to be summed comes from givers of its own.
    source: { type: 'system', id: sum ? (once ?? randomUUID()) : 'personalizer', seen: 'everything' } as const,
    idempotencyKey: sum ? once : event,
  }));
  try {
    await heed.feedback(given);
  } catch (error) {
    if (sum || !isHeedError(error, 'idempotency-conflict')) throw error;
    // Personalizer discards what comes after the first reward, and says nothing; the others have to be on disk.
    await Promise.all(given.map((one) => heed.feedback([one]).catch(discardLater)));
  }
}

function discardLater(error: unknown): void {
  if (!isHeedError(error, 'idempotency-conflict')) throw error;
}
