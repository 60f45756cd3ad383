import {
  applyGru,
  applyLinear,
  createRuntime,
  decoderLoss,
  initDecoder,
  initGru,
  initLinear,
  key,
  loadTraining,
  mean,
  normals,
  parameter,
  square,
  sub,
} from '@heed/compute';

/** Seconds from nothing, not even a worker thread, to the loss of the first step. */
async function secondsOf(begin: (runtime: ReturnType<typeof createRuntime>) => Promise<number>): Promise<number> {
  const start = performance.now();
  const runtime = createRuntime();
  const loss = await begin(runtime);
  const seconds = (performance.now() - start) / 1000;
  await runtime.close();
  if (!Number.isFinite(loss)) throw new Error(`cannot take a first step, as its loss must be a number: it is ${loss}`);
  return seconds;
}

/** A decoder of four layers 128 wide, on 16 × 64 tokens of 512. */
export const decoderFirstStep = (): Promise<number> =>
  secondsOf(async (runtime) => {
    const config = { vocabulary: 512, width: 128, layers: 4, heads: 4 };
    const training = await loadTraining(runtime, {
      values: initDecoder(key(1), config),
      inputs: { tokens: parameter('tokens', [16, 65], 'int64') },
      loss: (params, { tokens }) => decoderLoss(params, config, tokens),
    });
    return training.step({ tokens: new BigInt64Array(16 * 65) });
  });

/** A GRU 128 wide over 256 steps of 32 sequences. */
export const gruFirstStep = (): Promise<number> =>
  secondsOf(async (runtime) => {
    const [batch, steps, width] = [32, 256, 128];
    const training = await loadTraining(runtime, {
      values: { gru: initGru(key(1), 32, width), head: initLinear(key(2), width, 1) },
      inputs: { x: parameter('x', [batch, steps, 32]), y: parameter('y', [batch, steps, 1]) },
      loss: ({ gru, head }, { x, y }) => mean(square(sub(applyLinear(head, applyGru(gru, x).states), y))),
    });
    return training.step({ x: normals(key(3), batch * steps * 32), y: new Float32Array(batch * steps) });
  });
