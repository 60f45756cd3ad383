import { fill } from '../graph/testing.ts';
import * as h from '../index.ts';
import { bits, foldIn, key } from '../random/host.ts';
import type { HostArray } from '../graph/rule.ts';

export const opsPerGraph = 30;

type Draw = (below: number) => number;
type Grow = (pick: () => h.Tensor, draw: Draw) => h.Tensor;

const rows = 3;
const columns = 4;

// Each keeps the shape [3, 4] and the size of numbers, so that any may follow any.
const candidates: readonly Grow[] = [
  (pick) => h.tanh(h.add(pick(), pick())),
  (pick) => h.sub(pick(), pick()),
  (pick) => h.tanh(h.mul(pick(), pick())),
  (pick) => h.div(pick(), h.add(h.square(pick()), 1)),
  (pick) => h.sigmoid(pick()),
  (pick) => h.gelu(pick()),
  (pick) => h.silu(pick()),
  (pick) => h.softplus(pick()),
  (pick) => h.sin(pick()),
  (pick) => h.cos(pick()),
  (pick) => h.erf(pick()),
  (pick) => h.logaddexp(pick(), pick()),
  (pick) => h.sqrt(h.add(h.square(pick()), 0.5)),
  (pick) => h.log(h.add(h.exp(h.tanh(pick())), 1)),
  (pick) => h.where(h.less(pick(), pick()), pick(), h.sin(pick())),
  (pick, draw) => h.softmax(pick(), draw(2)),
  (pick, draw) => h.logSoftmax(h.tanh(pick()), draw(2)),
  (pick, draw) => h.sub(pick(), h.mean(pick(), { axes: draw(2), keepDims: true })),
  (pick, draw) => h.mul(h.tanh(pick()), h.logsumexp(h.tanh(pick()), { axes: draw(2), keepDims: true })),
  (pick) => h.tanh(h.matmul(h.matmul(pick(), pick(), { transposeB: true }), pick(), { alpha: 0.5 })),
  (pick) => h.tanh(h.matmul(pick(), h.matmul(pick(), pick(), { transposeA: true, alpha: 0.2 }))),
  (pick) => h.transpose(h.transpose(h.cumulativeSum(h.tanh(pick()), 1))),
  (pick, draw) => h.reverse(pick(), draw(2)),
  (pick, draw) => {
    const cut = 1 + draw(columns - 1);
    return h.concat([h.slice(pick(), 1, { start: cut }), h.slice(pick(), 1, { end: cut })], 1);
  },
  (pick) =>
    h.pad(h.slice(pick(), 1, { start: 1 }), [
      [0, 0],
      [1, 0],
    ]),
  (pick, draw) => h.gather(pick(), h.constant([draw(rows), draw(rows), draw(rows)], { dtype: 'int64' }), 0),
  (pick, draw) =>
    h.scatterAdd(
      pick(),
      h.constant([draw(columns), draw(columns)], { dtype: 'int64' }),
      h.slice(pick(), 1, { end: 2 }),
      1,
    ),
  (pick) => h.layerNorm(h.add(pick(), h.constant([[0.5, -1, 2, 0.3]])), h.ones([columns]), h.zeros([columns])),
  (pick) => h.clip(pick(), -0.9, 0.8),
  (pick) => h.add(h.broadcastTo(h.sum(h.tanh(pick())), [rows, columns]), pick()),
  (pick) =>
    h.conv(
      h.reshape(h.tanh(pick()), [1, rows, columns]),
      h.constant(
        Array.from({ length: 27 }, () => 0.1),
        { shape: [3, 3, 3] },
      ),
      { padding: 'same' },
    ),
];
const growths = candidates.map(
  (grow): Grow =>
    (pick, draw) =>
      h.reshape(grow(pick, draw), [rows, columns]),
);

export interface RandomGraph {
  readonly outputs: readonly h.Tensor[];
  readonly inputs: readonly h.Tensor[];
  readonly feeds: ReadonlyMap<h.Tensor, HostArray>;
}

/** A graph of ops drawn by chance, the same for the same number; its outputs are the last two values. */
export function randomGraph(index: number): RandomGraph {
  const words = bits(foldIn(key(2026), index), 600);
  let next = 0;
  const draw: Draw = (below) => {
    next += 1;
    return (words[next % words.length] ?? 0) % below;
  };
  const inputs = [0, 1, 2].map((input) => h.parameter(`p${input}`, [rows, columns]));
  const values = [...inputs];
  // Younger values are preferred, so that graphs grow deep.
  const pick = (): h.Tensor => values[values.length - 1 - draw(Math.min(values.length, 5))] as h.Tensor;
  for (let step = 0; step < opsPerGraph; step += 1) values.push((growths[draw(growths.length)] as Grow)(pick, draw));
  // What ONNX Runtime is given is float32: the reference must be given the same numbers.
  const feeds = new Map(inputs.map((input, phase) => [input, fill([rows, columns], index + phase, Math.fround)]));
  return { inputs, outputs: values.slice(-2), feeds };
}
