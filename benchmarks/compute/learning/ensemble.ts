import {
  applyMlp,
  foldIn,
  initMlp,
  key,
  loadTraining,
  mean,
  normals,
  parameter,
  square,
  stackValues,
  sub,
  sum,
  vmap,
  type MlpParameters,
  type Runtime,
  type Tensor,
} from '@heed/compute';
import { interleave, ownCalls, type Timing } from '../measure.ts';

/** Ten Q-networks, all seeing the same states. */
export interface EnsembleSize {
  readonly name: string;
  readonly widths: readonly number[];
  readonly batch: number;
  /** Whether calls and operators cost more than products do. */
  readonly isSmall: boolean;
}

const networks = 10;

/** A step of all networks: as one graph, and as a graph for each; and their values of one batch, without learning. */
export type EnsembleResult = Readonly<Record<'together' | 'apart' | 'actTogether' | 'actApart', Timing>>;

const allValues = (params: MlpParameters, x: Tensor): Tensor =>
  vmap((member: MlpParameters, states: Tensor) => applyMlp(member, states), [0, null])(params, x);

/** Trains the same ten networks both ways in turns, and checks that their losses agree. */
export async function compareEnsembles(
  runtime: Runtime,
  { widths, batch }: Pick<EnsembleSize, 'widths' | 'batch'>,
  rounds: number,
): Promise<EnsembleResult> {
  const members = Array.from({ length: networks }, (_, index) => initMlp(foldIn(key(10), index), widths));
  const [inputWidth = 1, outputWidth = 1] = [widths[0], widths.at(-1)];
  const inputs = { x: parameter('x', [batch, inputWidth]), y: parameter('y', [batch, outputWidth]) };
  const data = {
    x: normals(foldIn(key(11), 0), batch * inputWidth),
    y: normals(foldIn(key(11), 1), batch * outputWidth),
  };
  // Summed over networks, so that each has the gradient that it has alone.
  const together = await loadTraining(runtime, {
    values: stackValues(members),
    inputs,
    loss: (params, { x, y }) => sum(mean(square(sub(allValues(params, x), y)), { axes: [1, 2] })),
  });
  const apart = await Promise.all(
    members.map((values) =>
      loadTraining(runtime, {
        values,
        inputs,
        loss: (params, { x, y }) => mean(square(sub(applyMlp(params, x), y))),
      }),
    ),
  );
  const stepTogether = (): Promise<number> => together.step(data);
  const stepApart = async (): Promise<number> => {
    let total = 0;
    for (const member of apart) total += await member.step(data);
    return total;
  };
  for (let step = 1; step <= 20; step += 1) {
    const [one, many] = [await stepTogether(), await stepApart()];
    if (!(Math.abs(one / many - 1) < 1e-3))
      throw new Error(
        `cannot compare ensembles, as their losses must agree: at step ${step} they are ${one} and ${many}`,
      );
  }
  const states = { x: parameter('x', [batch, inputWidth]) };
  const actor = await together.load(states, (params, { x }) => ({ q: allValues(params, x) }));
  const actors = await Promise.all(
    apart.map((member) => member.load(states, (params, { x }) => ({ q: applyMlp(params, x) }))),
  );
  const timings = await interleave(
    {
      together: ownCalls(stepTogether),
      apart: ownCalls(stepApart),
      actTogether: ownCalls(() => actor.run({ x: data.x })),
      actApart: ownCalls(async () => {
        for (const member of actors) await member.run({ x: data.x });
      }),
    },
    { rounds, blockMs: 50 },
  );
  for (const program of [together, ...apart, actor, ...actors]) await program.close();
  return timings as EnsembleResult;
}
