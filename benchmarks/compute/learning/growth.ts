import { setTimeout as wait } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  applyMlp,
  bits,
  bucketLength,
  createProgramCache,
  decoderLoss,
  foldIn,
  initDecoder,
  initMlp,
  key,
  loadTraining,
  mean,
  normals,
  parameter,
  square,
  sub,
  type Runtime,
} from '@heed/compute';
import { median } from '../../harness.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Memory of the process in MB, early and late. */
export interface Growth {
  readonly early: number;
  readonly late: number;
}

/** How many steps are taken before the first look, and before the last. */
export interface Span {
  readonly early: number;
  readonly steps: number;
}

/** The middle of a few looks, after the garbage that can be collected has been. */
async function memoryMB(): Promise<number> {
  const looks: number[] = [];
  for (let look = 0; look < 5; look += 1) {
    collectGarbage();
    await wait(20);
    looks.push(process.memoryUsage.rss() / 2 ** 20);
  }
  return median(looks);
}

async function growthOf({ early, steps }: Span, take: (step: number) => Promise<unknown>): Promise<Growth> {
  for (let step = 0; step < early; step += 1) await take(step);
  const before = await memoryMB();
  for (let step = early; step < steps; step += 1) await take(step);
  return { early: before, late: await memoryMB() };
}

/** Many steps of one network. */
export async function growthOverSteps(runtime: Runtime, span: Span): Promise<Growth> {
  const batch = 64;
  const training = await loadTraining(runtime, {
    values: initMlp(key(1), [23, 256, 256, 1]),
    inputs: { x: parameter('x', [batch, 23]), y: parameter('y', [batch, 1]) },
    loss: (params, { x, y }) => mean(square(sub(applyMlp(params, x), y))),
  });
  const data = { x: normals(key(2), 23 * batch), y: normals(key(3), batch) };
  const growth = await growthOf(span, () => training.step(data));
  await training.close();
  return growth;
}

/** Steps of a decoder, scoring sequences of 200 lengths: in buckets, or each length as a program of its own. */
export async function growthOverLengths(runtime: Runtime, span: Span, isBucketed: boolean): Promise<Growth> {
  const config = { vocabulary: 64, width: 32, layers: 2, heads: 2 };
  const training = await loadTraining(runtime, {
    values: initDecoder(key(1), config),
    inputs: { tokens: parameter('tokens', [4, 17], 'int64') },
    loss: (params, { tokens }) => decoderLoss(params, config, tokens),
  });
  const cache = createProgramCache({
    load: ({ T = 1 }) =>
      training.load(
        { tokens: parameter('tokens', [4, T], 'int64') },
        (params, { tokens }) => ({ loss: decoderLoss(params, config, tokens) }),
        { keepsWorkspace: isBucketed },
      ),
  });
  const take = (step: number): Promise<unknown> => {
    const [word = 0] = bits(foldIn(key(4), step), 1);
    const length = 2 + (word % 200);
    const T = isBucketed ? bucketLength(length, 8) : length;
    return cache.use({ T }, (program) => program.run({ tokens: new BigInt64Array(4 * T) }));
  };
  const growth = await growthOf(span, take);
  await cache.close();
  await training.close();
  return growth;
}
