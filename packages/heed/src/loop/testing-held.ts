import { z } from 'zod';
import type { NamedOptions } from '../spec/index.ts';

/** A loop over points of the plane whose feedback is a number, with a learner of one's own. */
export function pointLoop(learner: NamedOptions) {
  return {
    context: z.object({}),
    candidate: z.object({ x: z.number(), y: z.number() }),
    action: { type: 'choice' },
    feedback: { worth: { kind: 'reward', value: z.number(), reward: { scale: 1, offset: 0 } } },
    reward: { range: [0, 1], final: 'feedback', missing: 'wait' },
    attributionWindowSeconds: 3_600,
    learner: learner as { name: string; options: Record<string, never> },
  } as const;
}

/** Points of one length, so that the bounds of all are equal at first. */
export const points = [
  { item: 'a', features: { x: 1, y: 0 } },
  { item: 'b', features: { x: 0, y: 1 } },
  { item: 'c', features: { x: -1, y: 0 } },
];

/** What each of them is worth. */
export const worthOf: Readonly<Record<string, number>> = { a: 0.25, b: 1, c: 0.5 };
