import type { OnnxAttribute, OnnxGraph, OnnxNode, OnnxTensor, OnnxValue } from '../onnx/types.ts';
import type { OpName } from '../graph/attributes.ts';
import { SymbolicDimension, type Dimension } from '../graph/dimension.ts';
import { tableOfOps } from '../graph/installed.ts';
import { int } from '../graph/rules/helpers.ts';
import type { EmitContext, EmitOptions, OpRule } from '../graph/rule.ts';
import type { Graph, Tensor } from '../graph/tensor.ts';
import { nodesOf } from '../graph/traverse.ts';
import { elementBytes } from './elements.ts';

/** What all scopes of one model share. */
interface Shared {
  readonly options: EmitOptions;
  readonly initializers: OnnxTensor[];
  readonly constants: Map<string | object, string>;
  readonly lengths: Map<string, string>;
  /** Where a named dimension can be read: an input and its axis. */
  readonly sources: ReadonlyMap<string, { readonly input: string; readonly axis: number }>;
  next: number;
}

export interface Scope {
  readonly nodes: OnnxNode[];
  readonly names: Map<Tensor, string>;
}

const shapeOf = (tensor: Tensor): (number | string)[] =>
  tensor.shape.map((length) => (typeof length === 'number' ? length : length.key));

export const valueOf = (name: string, tensor: Tensor): OnnxValue => ({
  name,
  dataType: tensor.dtype,
  shape: shapeOf(tensor),
});

/** Equal for equal constants that are short, or of one number; long ones are told apart by the object. */
function constantKey(dtype: string, shape: readonly number[], values: ArrayLike<number>): string | object {
  const first = values[0];
  const list = Array.from(values);
  const isUniform = list.length > 64 && list.every((value) => value === first);
  if (list.length > 64 && !isUniform) return values;
  return `${dtype}[${shape.join()}]${(isUniform ? [first] : list).map((v) => (Object.is(v, -0) ? '-0' : String(v))).join()}`;
}

/** Writes nodes of one graph and, inside it, of the bodies of control ops. */
export class Emitter {
  readonly root: Scope;
  readonly shared: Shared;

  constructor(options: EmitOptions, sources: Shared['sources']) {
    this.root = { nodes: [], names: new Map() };
    this.shared = { options, initializers: [], constants: new Map(), lengths: new Map(), sources, next: 0 };
  }

  name(hint: string): string {
    this.shared.next += 1;
    return `${hint}_${this.shared.next}`;
  }

  /** Writes all that outputs need into a scope and returns their names. */
  emitAll(outputs: readonly Tensor[], scope: Scope): string[] {
    const context = this.contextOf(scope);
    for (const node of nodesOf(outputs, new Set(scope.names.keys()))) {
      if (node.outputs.every((output) => scope.names.has(output))) continue;
      const rule = tableOfOps()[node.op] as OpRule<OpName>;
      const names = rule.emit(
        context,
        node,
        node.inputs.map((input) => scope.names.get(input) as string),
      );
      for (const [index, output] of node.outputs.entries()) scope.names.set(output, names[index] as string);
    }
    return outputs.map((output) => scope.names.get(output) as string);
  }

  private contextOf(scope: Scope): EmitContext {
    const addMany: EmitContext['addMany'] = (opType, inputs, outputs, attributes = [], domain = '') => {
      const name = this.name(opType);
      const names = Array.from({ length: outputs }, (_, index) => (outputs === 1 ? name : `${name}_${index}`));
      scope.nodes.push({ opType, domain, name, inputs, outputs: names, attributes });
      return names;
    };
    return {
      options: this.shared.options,
      addMany,
      add: (opType, inputs, attributes, domain) => addMany(opType, inputs, 1, attributes, domain)[0] as string,
      constant: (dtype, shape, values) => this.constant(dtype, shape, values),
      lengths: (lengths) => this.lengths(lengths),
      inline: (graph, inputs) =>
        this.emitAll(graph.outputs, {
          nodes: scope.nodes,
          names: new Map(graph.inputs.map((input, index) => [input, inputs[index] as string])),
        }),
      subgraph: (name, graph, outer, attribute) => this.subgraph(name, graph, outer, attribute),
    };
  }

  private constant(
    dtype: OnnxTensor['dataType'] & Parameters<EmitContext['constant']>[0],
    shape: readonly number[],
    values: ArrayLike<number>,
  ): string {
    const key = constantKey(dtype, shape, values);
    const known = this.shared.constants.get(key);
    if (known !== undefined) return known;
    const name = this.name('constant');
    this.shared.constants.set(key, name);
    this.shared.initializers.push({ name, dataType: dtype, dims: shape, data: elementBytes(dtype, values) });
    return name;
  }

  /** Lengths are computed in the outermost graph, so that every body can read them. */
  private lengths(lengths: readonly Dimension[]): string {
    const fixed = lengths.filter((length) => typeof length === 'number');
    if (fixed.length === lengths.length) return this.constant('int64', [fixed.length], fixed);
    const context = this.contextOf(this.root);
    const parts = lengths.map((length) => this.length(length, context));
    return parts.length === 1 ? (parts[0] as string) : context.add('Concat', parts, [int('axis', 0)]);
  }

  private length(length: Dimension, context: EmitContext): string {
    if (!(length instanceof SymbolicDimension)) return this.constant('int64', [1], [length]);
    const known = this.shared.lengths.get(length.key);
    if (known !== undefined) return known;
    const terms = length.terms.map((term) => {
      const factors = term.factors.map((factor) => {
        if (!factor.quotient) return this.namedLength(factor.key, context);
        return context.add('Div', [
          this.length(factor.quotient.numerator, context),
          this.constant('int64', [1], [factor.quotient.divisor]),
        ]);
      });
      const scaled =
        term.coefficient === 1 && factors.length > 0
          ? factors
          : [this.constant('int64', [1], [term.coefficient]), ...factors];
      return scaled.reduce((product, factor) => context.add('Mul', [product, factor]));
    });
    const name = terms.reduce((sum, term) => context.add('Add', [sum, term]));
    this.shared.lengths.set(length.key, name);
    return name;
  }

  private namedLength(key: string, context: EmitContext): string {
    const source = this.shared.sources.get(key);
    if (source === undefined)
      throw new RangeError(`cannot leave ${key} open, as an input must have it as an axis: bind it instead`);
    const shape = context.add('Shape', [source.input]);
    return context.add('Gather', [shape, this.constant('int64', [1], [source.axis])], [int('axis', 0)]);
  }

  private subgraph(
    name: string,
    graph: Graph,
    outer: readonly (string | undefined)[],
    attribute: string,
  ): OnnxAttribute {
    const scope: Scope = { nodes: [], names: new Map() };
    const inputs: OnnxValue[] = [];
    for (const [index, input] of graph.inputs.entries()) {
      const known = outer[index];
      const own = known ?? this.name(`${name}_input`);
      scope.names.set(input, own);
      if (known === undefined) inputs.push(valueOf(own, input));
    }
    const results = this.emitAll(graph.outputs, scope);
    const outputs = results.map((result, index) => {
      // An output must be a value of the body's own, and each another one.
      const own = this.name(`${name}_output`);
      scope.nodes.push({ opType: 'Identity', domain: '', name: own, inputs: [result], outputs: [own], attributes: [] });
      return valueOf(own, graph.outputs[index] as Tensor);
    });
    const value: OnnxGraph = {
      name: this.name(name),
      nodes: scope.nodes,
      inputs,
      outputs,
      initializers: [],
      valueInfo: [],
    };
    return { kind: 'graph', name: attribute, value };
  }
}
