import type { OnnxGraph, OnnxModel, OnnxValue } from './types.ts';

export interface ModelDescription {
  readonly name: string;
  readonly producer: string;
  readonly irVersion: number;
  readonly opsets: readonly { readonly domain: string; readonly version: number }[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** Nodes of all graphs, those inside loops and branches included, by operator: most frequent first. */
  readonly operators: readonly { readonly operator: string; readonly count: number }[];
  readonly nodeCount: number;
  /** Elements of all initializers. */
  readonly parameterCount: number;
  readonly parameters: readonly {
    readonly name: string;
    readonly dataType: string;
    readonly shape: readonly number[];
    readonly count: number;
  }[];
  readonly metadata: Readonly<Record<string, string>>;
}

function allGraphs(graph: OnnxGraph): OnnxGraph[] {
  const inner = graph.nodes.flatMap((node) =>
    node.attributes.flatMap((attribute) => (attribute.kind === 'graph' ? allGraphs(attribute.value) : [])),
  );
  return [graph, ...inner];
}

/** Compares by code units, so that the order is the same under every locale. */
function byName(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/**
 * Says what a model is made of: its inputs and outputs, operators, parameters and versions.
 *
 * @example
 * const { parameterCount, operators } = describeModel(decodeModel(readFileSync('policy.onnx')));
 */
export function describeModel(model: OnnxModel): ModelDescription {
  const graphs = allGraphs(model.graph);
  const counts = new Map<string, number>();
  for (const { opType, domain } of graphs.flatMap(({ nodes }) => nodes)) {
    const operator = domain === '' ? opType : `${domain}.${opType}`;
    counts.set(operator, (counts.get(operator) ?? 0) + 1);
  }
  const parameters = graphs
    .flatMap(({ initializers }) => initializers)
    .map(({ name, dataType, dims }) => ({
      name,
      dataType,
      shape: dims,
      count: dims.reduce((product, size) => product * size, 1),
    }));
  const fed = new Set(model.graph.initializers.map(({ name }) => name));
  return {
    name: model.graph.name,
    producer: [model.producer.name, model.producer.version].filter((text) => text !== '').join(' '),
    irVersion: model.irVersion,
    opsets: model.opsets,
    // Before IR version 4 an initializer had to be among the inputs as well.
    inputs: model.graph.inputs.filter(({ name }) => !fed.has(name)),
    outputs: model.graph.outputs,
    operators: [...counts]
      .map(([operator, count]) => ({ operator, count }))
      .toSorted((a, b) => b.count - a.count || byName(a.operator, b.operator)),
    nodeCount: graphs.reduce((sum, { nodes }) => sum + nodes.length, 0),
    parameterCount: parameters.reduce((sum, { count }) => sum + count, 0),
    parameters,
    metadata: model.metadata,
  };
}

function shapeText(shape: OnnxValue['shape']): string {
  return shape === null ? '[…]' : `[${shape.map((size) => (size === '' ? '?' : size)).join(', ')}]`;
}

function valueRows(values: readonly OnnxValue[]): (readonly [string, string])[] {
  return values.map(({ name, dataType, shape }) => [name, `${dataType} ${shapeText(shape)}`]);
}

function lines(title: string, rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  return [title, ...rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`.trimEnd())];
}

/** Renders a description as text for a terminal. */
export function renderDescription(description: ModelDescription, options: { maxParameters?: number } = {}): string {
  const { maxParameters = 40 } = options;
  const { parameters, operators } = description;
  const more = parameters.length - maxParameters;
  const opsets = description.opsets.map(({ domain, version }) => `${domain === '' ? 'ai.onnx' : domain} ${version}`);
  // Names come from the file: a control character in one could steer the terminal.
  return [
    `graph ${description.name}`,
    `  made by ${description.producer === '' ? 'unknown' : description.producer}, IR ${description.irVersion}, operators of ${opsets.join(', ')}`,
    ...lines('inputs', valueRows(description.inputs)),
    ...lines('outputs', valueRows(description.outputs)),
    ...lines(
      `${description.nodeCount} nodes`,
      operators.map(({ operator, count }) => [operator, String(count)]),
    ),
    ...lines(
      `${description.parameterCount.toLocaleString('en')} parameters in ${parameters.length} tensors`,
      parameters
        .slice(0, maxParameters)
        .map(({ name, dataType, shape, count }) => [
          name,
          `${dataType} ${shapeText(shape)}  ${count.toLocaleString('en')}`,
        ]),
    ),
    ...(more > 0 ? [`  … and ${more} more`] : []),
    ...lines('metadata', Object.entries(description.metadata)),
  ]
    .map((line) => line.replace(/\p{Cc}/gu, '�'))
    .join('\n');
}
