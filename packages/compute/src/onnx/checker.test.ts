import { describe, expect, test } from 'vitest';
import { skipsWithout } from '../../../../tools/testing/needs.ts';
import { allCases } from '../graph/testing-cases.ts';
import { mixture, prepare } from '../graph/testing.ts';
import { isFloating } from '../graph/dtype.ts';
import * as h from '../index.ts';
import { checkerComplaints, checkerReason, findOnnxPython } from './testing-checker.ts';
import { branchingModel, linearModel, node } from './testing-models.ts';
import type { OnnxModel } from './types.ts';

const python = findOnnxPython() ?? '';

const portable = { portable: true } as const;

/** Every op with its gradients, with all passes and without any. */
function modelsOfOps(options: Partial<h.CompileOptions> = {}): Record<string, OnnxModel> {
  const models: Record<string, OnnxModel> = {};
  for (const given of allCases) {
    const { inputs, outputs } = prepare(given);
    const slopes = h.gradients(
      mixture(outputs),
      inputs.filter(({ dtype }) => isFloating(dtype)),
    );
    const request = { inputs: { inputs }, outputs: { outputs, slopes } };
    models[given.name] = h.compile({ ...request, options }).model;
    const off = Object.fromEntries(Object.keys(h.passes).map((name) => [name, false])) as Record<h.PassName, boolean>;
    models[`${given.name}, plain`] = h.compile({
      ...request,
      options: { ...options, passes: off, unrollBelow: 0 },
    }).model;
  }
  return models;
}

/** The loss of a model with its gradients. */
function stepOf<Params extends h.Tree>(
  parameters: Params,
  inputs: Readonly<Record<string, h.Tensor>>,
  loss: (params: Params) => h.Tensor,
  options: Partial<h.CompileOptions>,
): OnnxModel {
  const { value, gradients } = h.valueAndGrad(loss)(parameters);
  return h.compile({ inputs: { parameters, ...inputs }, outputs: { loss: value, gradients }, options }).model;
}

/** Steps of whole models, lengths being open, and what draws by chance. */
function modelsOfNetworks(options: Partial<h.CompileOptions> = {}): Record<string, OnnxModel> {
  const decoder: h.DecoderConfig = { vocabulary: 11, width: 8, layers: 2, heads: 4, keyValueHeads: 2 };
  const tokens = h.parameter('tokens', ['B', 'T'], 'int64');
  const unet: h.UnetConfig = { channels: 2, widths: [4, 8], timeWidth: 4, groups: 2, kernelSize: 3 };
  const [x, time] = [h.parameter('x', [2, 2, 8]), h.parameter('time', [2])];
  const rows = h.parameter('rows', ['B', 40, 3]);
  const key = h.parameter('key', [2], 'uint32');
  const past = ['keys', 'values'].map((name) => h.parameter(name, ['B', 2, 'past', 2])) as [h.Tensor, h.Tensor];
  const parameters = h.parametersFor(h.initDecoder(h.key(1), decoder));
  const caches = [0, 1].map(() => ({ keys: past[0], values: past[1] }));
  return {
    'a step of a decoder': stepOf(parameters, { tokens }, (p) => h.decoderLoss(p, decoder, tokens), options),
    'a decoder that goes on from a past': h.compile({
      inputs: { parameters, tokens, past },
      outputs: { ...h.applyDecoder(parameters, decoder, tokens, { past: caches }) },
      options,
    }).model,
    'a step of a U-Net': stepOf(
      h.parametersFor(h.initUnet(h.key(2), unet)),
      { x, time },
      (p) => h.mean(h.square(h.applyUnet(p, unet, x, time))),
      options,
    ),
    'a step of a GRU': stepOf(
      h.parametersFor(h.initGru(h.key(3), 3, 4)),
      { rows },
      (p) => h.mean(h.applyGru(p, rows).states),
      options,
    ),
    'draws': h.compile({
      inputs: { key },
      outputs: { normals: h.normal(key, [5]), beta: h.betaDistribution(h.ones([3]), h.ones([3])).sample(key) },
      options,
    }).model,
  };
}

describe.skipIf(skipsWithout(python === '' ? null : python, checkerReason))("PyPI's checker", () => {
  test('finds nothing wrong with models by hand, and refuses an operator that does not exist', () => {
    const nodes = [node('MatMull', ['x', 'w'], ['y'])];
    const wrong = { ...linearModel, graph: { ...linearModel.graph, nodes, valueInfo: [] } };
    const said = checkerComplaints(python, { linear: linearModel, branching: branchingModel, wrong });
    expect(Object.keys(said)).toEqual(['wrong']);
    expect(said.wrong).toContain('MatMull');
  });

  test('finds nothing wrong with any op and its gradients, with all passes and without', () => {
    const models = modelsOfOps(portable);
    expect(Object.keys(models).length).toBeGreaterThan(200);
    expect(Object.values(models).flatMap(foreignOperators)).toEqual([]);
    expect(checkerComplaints(python, models)).toEqual({});
  });

  test('finds nothing wrong with steps of whole networks', () => {
    const models = modelsOfNetworks(portable);
    expect(Object.values(models).flatMap(foreignOperators)).toEqual([]);
    expect(checkerComplaints(python, models)).toEqual({});
  });

  test('of what is made for ONNX Runtime alone it misses one operator, which that has under the name of ONNX', () => {
    const said = checkerComplaints(python, { ...modelsOfOps(), ...modelsOfNetworks() });
    const others = Object.values(said).filter(
      (complaint) => !complaint.startsWith('No Op registered for SimplifiedLayerNormalization'),
    );
    expect(others).toEqual([]);
    expect(Object.keys(said)).toContain('a step of a decoder');
  });
});

const foreignOperators = ({ graph }: OnnxModel): string[] => [
  ...new Set(graph.nodes.filter(({ domain }) => domain !== '').map(({ opType }) => opType)),
];
