import { test } from 'vitest';
import { z } from 'zod';
import { defineHeed } from '../loop/define.ts';
import { createClient } from './index.ts';

const config = defineHeed({
  loops: {
    greeting: {
      context: z.object({ hour: z.number() }),
      candidate: z.object({ tone: z.string() }),
      action: { type: 'choice' },
      feedback: {
        thumb: { kind: 'reaction', reward: 1 },
        stars: { kind: 'rating', value: z.number().int(), reward: { scale: 0.2, offset: 0 } },
      },
      reward: { range: [0, 1] },
    },
  },
});

/** Compiled, never run: each line below the marks must not compile. */
export async function wrongCalls(): Promise<void> {
  const heed = createClient<typeof config>({ url: 'http://127.0.0.1:1', fallbacks: config.loops });
  const candidates = [{ item: 'hello', features: { tone: 'warm' } }];

  await heed.decide('greeting', { context: { hour: 9 }, candidates });
  await heed.record('greeting', {
    context: { hour: 9 },
    candidates,
    action: { type: 'choice', item: 'hello' },
    probability: 0.5,
  });
  await heed.feedback([
    { loop: 'greeting', decision: 'x', name: 'thumb' },
    { loop: 'greeting', decision: 'x', name: 'stars', value: 4 },
    { loop: 'greeting', decision: 'x', kind: 'comment', value: 'Nice.' },
  ]);

  await heed.decide('greeting', { context: { hour: 9 }, candidates: ['hello', { item: 'hey' }, ...candidates] });
  await heed.items.put('greeting', candidates);
  await heed.items.get('greeting', 'hello');

  // @ts-expect-error the item has no such feature
  await heed.items.put('greeting', [{ item: 'hello', features: { mood: 'warm' } }]);
  // @ts-expect-error there is no such loop
  await heed.items.list('farewell');
  // @ts-expect-error an item is named by its id
  await heed.decide('greeting', { context: { hour: 9 }, candidates: [7] });
  // @ts-expect-error the context has no such field
  await heed.decide('greeting', { context: { hours: 9 }, candidates });
  // @ts-expect-error the field is a number
  await heed.decide('greeting', { context: { hour: 'nine' }, candidates });
  // @ts-expect-error the candidate has no such field
  await heed.decide('greeting', { context: { hour: 9 }, candidates: [{ item: 'hello', features: { mood: 'warm' } }] });
  // @ts-expect-error there is no such loop
  await heed.decide('farewell', { context: { hour: 9 }, candidates });
  // @ts-expect-error a batch is checked too
  await heed.decideBatch('greeting', [{ context: { hour: true }, candidates }]);
  // @ts-expect-error so is a record's context
  await heed.record('greeting', { context: { hour: 'nine' }, action: { type: 'choice', item: 'hello' } });
  // @ts-expect-error the loop declares no such feedback
  await heed.feedback([{ loop: 'greeting', decision: 'x', name: 'applause' }]);
  // @ts-expect-error its value is a number
  await heed.feedback([{ loop: 'greeting', decision: 'x', name: 'stars', value: 'four' }]);
  // @ts-expect-error its value must be given
  await heed.feedback([{ loop: 'greeting', decision: 'x', name: 'stars' }]);
  // @ts-expect-error there is no such loop
  createClient<typeof config>({ url: 'http://127.0.0.1:1', fallbacks: { farewell: { action: { type: 'choice' } } } });
}

test('wrong loops, fields, feedback and values do not compile', ({ expect }) => {
  // The compiler is the test: an unused `@ts-expect-error` above is an error of `tsc`.
  expect(wrongCalls).toBeTypeOf('function');
});
