import { createRandom } from '../math/index.ts';
import type { Experience, Learner, LoopConfiguration, PolicyFormat } from '../spec/index.ts';
import { experienceOf, settledArtifact } from './testing.ts';

/** A world of four items, of which another is best in each of four moods; or one item in all, without context. */
export interface World {
  readonly context: boolean;
  readonly batches: number;
  readonly batchSize: number;
}

const items = ['a', 'b', 'c', 'd'];

/**
 * Lets a learner act and learn batch by batch. The best item pleases with probability 0.8, the others with 0.2: acting
 * at random earns 0.35.
 *
 * @returns the mean reward of the last quarter of the batches.
 */
export async function lateReward<State>(
  learner: Learner<State>,
  format: PolicyFormat,
  configuration: LoopConfiguration,
  { context, batches, batchSize }: World,
  seed: string,
): Promise<number> {
  const random = createRandom(`world ${seed}`);
  const lateFrom = Math.floor(batches * 0.75);
  let state = learner.init(configuration, seed);
  let late = 0;
  for (let round = 0; round < batches; round += 1) {
    const policy = format.read('x', await settledArtifact(learner, state));
    const batch = Array.from({ length: batchSize }, (_, index): Experience => {
      const mood = context ? Math.floor(random.uniform() * 4) : 0;
      const { request } = experienceOf('a', 0, { items, context: context ? { mood: `m${mood}` } : {} });
      const { action, behaviour } = policy.decide(request, `${seed} ${round} ${index}`);
      const item = action.type === 'choice' ? action.item : '';
      const reward = random.uniform() < (items[(mood + 2) % 4] === item ? 0.8 : 0.2) ? 1 : 0;
      if (round >= lateFrom) late += reward / ((batches - lateFrom) * batchSize);
      const probability = behaviour.draw?.marginal?.probability ?? Math.exp(behaviour.logProbability ?? 0);
      return { request, item, probability, reward, weight: 1 };
    });
    state = learner.update(state, batch);
  }
  return late;
}

/** Experiences in a world without sense: items drawn at random, rewards of chance. */
export function randomExperiences(count: number): Experience[] {
  const random = createRandom('experiences');
  return Array.from({ length: count }, () =>
    experienceOf(items[Math.floor(random.uniform() * 4)] ?? '', random.uniform() < 0.3 ? 1 : 0, {
      items,
      context: { hour: Math.floor(random.uniform() * 24), device: 'phone' },
      probability: 0.25,
      subject: 'ann',
    }),
  );
}
