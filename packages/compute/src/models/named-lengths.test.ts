import { expect, test } from 'vitest';
import { gradients } from '../grad/reverse.ts';
import { vmap } from '../grad/vmap.ts';
import { parameter, constant } from '../graph/build/sources.ts';
import { slice, stack } from '../graph/build/shaping.ts';
import type { HostArray } from '../graph/rule.ts';
import type { Tensor } from '../graph/tensor.ts';
import { runOnnx, waves } from '../graph/testing.ts';
import { leavesOf } from '../graph/tree.ts';
import { applyMlp, initMlp } from '../nn/mlp.ts';
import { gapBetween, feedsFor, numbersOf, tensorOf } from '../nn/testing.ts';
import { mapValues, parametersFor } from '../nn/values.ts';
import { key } from '../random/host.ts';
import { evaluate, hostArray } from '../reference/evaluate.ts';
import { applyDecoder, decoderLoss, initDecoder, type DecoderConfig } from './decoder.ts';

const config: DecoderConfig = { vocabulary: 7, width: 8, layers: 1, heads: 4, keyValueHeads: 2, hiddenWidth: 6 };
const values = initDecoder(key(1), config);
const ids = [1, 4, 2, 0, 6, 3, 3, 5, 1, 2];
const int64 = (shape: readonly number[], data: readonly number[]): HostArray => hostArray(shape, data, 'int64');

test('a decoder of named lengths trains at any, and goes on from a past of any length', async () => {
  const tree = parametersFor(values);
  const tokens = parameter('tokens', ['B', 'T'], 'int64');
  const loss = decoderLoss(tree, config, tokens);
  const slopes = gradients(
    loss,
    leavesOf(tree).map(({ tensor }) => tensor),
  );
  for (const shape of [
    [2, 5],
    [5, 2],
  ]) {
    const feeds = feedsFor(values, tree).set(tokens, int64(shape, ids));
    const reference = evaluate([loss, ...slopes], feeds);
    const native = await runOnnx([loss, ...slopes], feeds);
    for (const [index, { data }] of native.entries())
      expect(gapBetween([...data], [...(reference[index]?.data ?? [])])).toBeLessThan(1e-5);
  }
});

test('a past of a named length', async () => {
  const tree = parametersFor(values);
  const fixed = mapValues(values, tensorOf);
  const all = constant(ids, { shape: [2, 5], dtype: 'int64' });
  const before = applyDecoder(fixed, config, slice(all, 1, { end: 3 })).present[0];
  const tokens = parameter('tokens', ['B', 'T'], 'int64');
  const past = {
    keys: parameter('keys', ['B', 2, 'past', 2]),
    values: parameter('values', ['B', 2, 'past', 2]),
  };
  const { logits } = applyDecoder(tree, config, tokens, { past: [past] });
  const feeds = feedsFor(values, tree)
    .set(tokens, int64([2, 2], [0, 6, 1, 2]))
    .set(past.keys, hostArray([2, 2, 3, 2], numbersOf(before?.keys as Tensor)))
    .set(past.values, hostArray([2, 2, 3, 2], numbersOf(before?.values as Tensor)));
  const expected = numbersOf(slice(applyDecoder(fixed, config, all).logits, 1, { start: 3 }));
  const [native] = await runOnnx([logits], feeds);
  expect(gapBetween([...(native?.data ?? [])], expected)).toBeLessThan(1e-5);
});

test('an ensemble of MLPs is one graph: vmap over parameters gives what each gives', () => {
  const members = [1, 2, 3].map((seed) => mapValues(initMlp(key(seed), [2, 4, 1]), tensorOf));
  const x = constant(waves(6, 1), { shape: [3, 2] });
  const leaves = members.map((member) => leavesOf(member).map(({ tensor }) => tensor));
  const stacked = (leaves[0] ?? []).map((_, leaf) => stack(leaves.map((member) => member[leaf] as Tensor)));
  const layersOf = (flat: readonly Tensor[]) => ({
    layers: [
      { weight: flat[0] as Tensor, bias: flat[1] as Tensor },
      { weight: flat[2] as Tensor, bias: flat[3] as Tensor },
    ],
  });
  const ensemble = vmap((flat: readonly Tensor[], input: Tensor) => applyMlp(layersOf(flat), input), [0, null]);
  const together = numbersOf(ensemble(stacked, x));
  expect(
    gapBetween(
      together,
      members.flatMap((member) => numbersOf(applyMlp(member, x))),
    ),
  ).toBeLessThan(1e-9);
});
