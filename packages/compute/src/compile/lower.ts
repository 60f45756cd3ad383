import type { EmitOptions } from '../graph/rule.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { NamedLeaf } from '../graph/tree.ts';
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode } from '../onnx/types.ts';
import { Emitter, valueOf } from './emitter.ts';

export const defaultEmitOptions: EmitOptions = { productForms: new Map(), unrollBelow: 4, portable: false };

/** What the files say of who made them. */
const producer = { name: 'heed', version: '0.1.0' };

/**
 * Writes expressions as an ONNX model. Named dimensions that are not bound stay open: their lengths are read from the
 * inputs while running.
 *
 * @throws RangeError where an expression uses a parameter that is not among the inputs.
 */
export function lower(
  inputs: readonly NamedLeaf[],
  outputs: readonly NamedLeaf[],
  options: Partial<EmitOptions> = {},
): OnnxModel {
  const emitter = new Emitter({ ...defaultEmitOptions, ...options }, sourcesOf(inputs));
  for (const { path, tensor } of inputs) emitter.root.names.set(tensor, path);
  const results = emitter.emitAll(
    outputs.map((output) => output.tensor),
    emitter.root,
  );
  const produced = new Set(emitter.root.nodes.flatMap((node) => node.outputs));
  const renamed = new Map<string, string>();
  for (const [index, result] of results.entries()) {
    const path = (outputs[index] as NamedLeaf).path;
    if (produced.has(result) && !renamed.has(result)) renamed.set(result, path);
    else
      emitter.root.nodes.push({
        opType: 'Identity',
        domain: '',
        name: `copy_${path}`,
        inputs: [result],
        outputs: [path],
        attributes: [],
      });
  }
  const nodes = emitter.root.nodes.map((node) => renameNode(node, renamed));
  return {
    irVersion: 10,
    opsets: [{ domain: '', version: 21 }, ...(usesMicrosoft(nodes) ? [{ domain: 'com.microsoft', version: 1 }] : [])],
    producer,
    graph: {
      name: 'heed',
      nodes,
      inputs: inputs.map(({ path, tensor }) => valueOf(path, tensor)),
      outputs: outputs.map(({ path, tensor }) => valueOf(path, tensor)),
      initializers: emitter.shared.initializers,
      valueInfo: [],
    },
    metadata: {},
  };
}

function sourcesOf(inputs: readonly NamedLeaf[]): Map<string, { input: string; axis: number }> {
  const sources = new Map<string, { input: string; axis: number }>();
  for (const { path, tensor } of inputs) {
    for (const [axis, length] of (tensor satisfies Tensor).shape.entries()) {
      if (typeof length !== 'number' && !sources.has(length.key)) sources.set(length.key, { input: path, axis });
    }
  }
  return sources;
}

const subgraphsOf = (node: OnnxNode): readonly OnnxGraph[] =>
  node.attributes.flatMap((attribute) => (attribute.kind === 'graph' ? [attribute.value] : []));

const usesMicrosoft = (nodes: readonly OnnxNode[]): boolean =>
  nodes.some(
    (node) => node.domain === 'com.microsoft' || subgraphsOf(node).some((graph) => usesMicrosoft(graph.nodes)),
  );

function renameNode(node: OnnxNode, names: ReadonlyMap<string, string>): OnnxNode {
  const rename = (name: string): string => names.get(name) ?? name;
  return {
    ...node,
    inputs: node.inputs.map(rename),
    outputs: node.outputs.map(rename),
    attributes: node.attributes.map((attribute): OnnxAttribute => {
      if (attribute.kind !== 'graph') return attribute;
      const nodes = attribute.value.nodes.map((inner) => renameNode(inner, names));
      return { ...attribute, value: { ...attribute.value, nodes } };
    }),
  };
}
