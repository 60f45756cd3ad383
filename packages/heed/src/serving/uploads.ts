import type { FastifyReply } from 'fastify';
import { HeedError } from '../spec/index.ts';
import { readLimitDefaults } from '../loop/index.ts';
import type { ReadLimits } from '../loop/index.ts';

/** What uploaded files may take. */
export interface UploadLimits extends ReadLimits {
  readonly largestBytes: number;
  /** Files on their way in at the same time. */
  readonly atOnce: number;
}

export const uploadDefaults: UploadLimits = { ...readLimitDefaults, largestBytes: 256 * 1_048_576, atOnce: 2 };

/** Lets so many requests be under way at the same time, and refuses the next. */
export function createGate(work: string, atOnce: number) {
  let open = 0;
  return (reply: FastifyReply): void => {
    if (open >= atOnce)
      throw new HeedError(
        'overloaded',
        `cannot ${work}, as at most ${atOnce} may be under way at the same time: as many are`,
      );
    open += 1;
    reply.raw.once('close', () => (open -= 1));
  };
}
