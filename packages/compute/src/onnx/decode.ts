import { FileFormatError } from '../files/format-error.ts';
import { dataTypeOf, readEntry, readTensor } from './decode-tensor.ts';
import { attributeKinds, fields } from './fields.ts';
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxTensor, OnnxValue } from './types.ts';
import { WireReader } from './wire-reader.ts';

/** What a file may demand at most; each is far above what real models need. */
export interface OnnxLimits {
  readonly maxBytes: number;
  /** Messages inside messages: a graph in a node in a graph takes three. */
  readonly maxDepth: number;
  /** Nodes, names, sizes, attributes and all else, together. */
  readonly maxParts: number;
}

export const defaultOnnxLimits: OnnxLimits = { maxBytes: 2 ** 31 - 1, maxDepth: 48, maxParts: 4_000_000 };

function readDimension(reader: WireReader): number | string {
  let dimension: number | string = '';
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === fields.dimension.value) {
      const size = reader.integer();
      // Some exporters write -1 for a size that is not known.
      dimension = typeof size === 'number' && size >= 0 ? size : '';
    } else if (field === fields.dimension.parameter) dimension = reader.text();
    else reader.skip();
  }
  return dimension;
}

function readShape(reader: WireReader): (number | string)[] {
  const shape: (number | string)[] = [];
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === fields.shape.dimension) shape.push(reader.message(readDimension));
    else reader.skip();
  }
  return shape;
}

type TensorType = Pick<OnnxValue, 'dataType' | 'shape'>;

function readTensorType(reader: WireReader): TensorType {
  let type: TensorType = { dataType: 'undefined', shape: null };
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === fields.tensorType.elementType) type = { ...type, dataType: dataTypeOf(reader.integer(), 'a value') };
    else if (field === fields.tensorType.shape) type = { ...type, shape: reader.message(readShape) };
    else reader.skip();
  }
  return type;
}

function readType(reader: WireReader): TensorType {
  let type: TensorType = { dataType: 'undefined', shape: null };
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === fields.type.tensor) type = reader.message(readTensorType);
    else if (field === 4 || field === 5 || field === 8 || field === 9)
      throw new FileFormatError(
        'cannot read ONNX model, as a value must be a tensor: it is a sequence, map or the like',
      );
    else reader.skip();
  }
  return type;
}

function readValue(reader: WireReader): OnnxValue {
  let name = '';
  let type: TensorType = { dataType: 'undefined', shape: null };
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === fields.value.name) name = reader.text();
    else if (field === fields.value.type) type = reader.message(readType);
    else reader.skip();
  }
  return { name, ...type };
}

interface AttributeParts {
  name: string;
  type: number | bigint;
  int: number | bigint;
  float: number;
  string: string;
  tensor: OnnxTensor | null;
  graph: OnnxGraph | null;
  readonly ints: (number | bigint)[];
  readonly floats: number[];
  readonly strings: string[];
}

function readAttribute(reader: WireReader): OnnxAttribute {
  const lists = { ints: [], floats: [], strings: [] };
  const parts: AttributeParts = {
    name: '',
    type: 0,
    int: 0,
    float: 0,
    string: '',
    tensor: null,
    graph: null,
    ...lists,
  };
  const field = fields.attribute;
  for (let number = reader.next(); number !== 0; number = reader.next()) {
    if (number === field.name) parts.name = reader.text();
    else if (number === field.type) parts.type = reader.integer();
    else if (number === field.int) parts.int = reader.integer();
    else if (number === field.float) parts.float = reader.float();
    else if (number === field.string) parts.string = reader.text();
    else if (number === field.tensor) parts.tensor = reader.message(readTensor);
    else if (number === field.graph) parts.graph = reader.message(readGraph);
    else if (number === field.ints) reader.integers(parts.ints);
    else if (number === field.floats) reader.floats(parts.floats);
    else if (number === field.strings) parts.strings.push(reader.text());
    else reader.skip();
  }
  return attributeOf(parts);
}

function attributeOf({ name, type, ...parts }: AttributeParts): OnnxAttribute {
  if (type === attributeKinds.int) return { kind: 'int', name, value: parts.int };
  if (type === attributeKinds.float) return { kind: 'float', name, value: parts.float };
  if (type === attributeKinds.string) return { kind: 'string', name, value: parts.string };
  if (type === attributeKinds.ints) return { kind: 'ints', name, value: parts.ints };
  if (type === attributeKinds.floats) return { kind: 'floats', name, value: parts.floats };
  if (type === attributeKinds.strings) return { kind: 'strings', name, value: parts.strings };
  if (type === attributeKinds.tensor && parts.tensor !== null) return { kind: 'tensor', name, value: parts.tensor };
  if (type === attributeKinds.graph && parts.graph !== null) return { kind: 'graph', name, value: parts.graph };
  throw new FileFormatError(
    `cannot read attribute ${JSON.stringify(name.slice(0, 80))}, as it must be one of ${Object.keys(attributeKinds).join(', ')}: it is of type ${type}`,
  );
}

function readNode(reader: WireReader): OnnxNode {
  const node = { opType: '', domain: '', name: '' };
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes: OnnxAttribute[] = [];
  const field = fields.node;
  for (let number = reader.next(); number !== 0; number = reader.next()) {
    if (number === field.input) inputs.push(reader.text());
    else if (number === field.output) outputs.push(reader.text());
    else if (number === field.name) node.name = reader.text();
    else if (number === field.opType) node.opType = reader.text();
    else if (number === field.domain) node.domain = reader.text();
    else if (number === field.attribute) attributes.push(reader.message(readAttribute));
    else reader.skip();
  }
  return { ...node, inputs, outputs, attributes };
}

function readGraph(reader: WireReader): OnnxGraph {
  let name = '';
  const nodes: OnnxNode[] = [];
  const initializers: OnnxTensor[] = [];
  const inputs: OnnxValue[] = [];
  const outputs: OnnxValue[] = [];
  const valueInfo: OnnxValue[] = [];
  const field = fields.graph;
  for (let number = reader.next(); number !== 0; number = reader.next()) {
    if (number === field.node) nodes.push(reader.message(readNode));
    else if (number === field.name) name = reader.text();
    else if (number === field.initializer) initializers.push(reader.message(readTensor));
    else if (number === field.input) inputs.push(reader.message(readValue));
    else if (number === field.output) outputs.push(reader.message(readValue));
    else if (number === field.valueInfo) valueInfo.push(reader.message(readValue));
    else if (number === field.sparseInitializer)
      throw new FileFormatError('cannot read ONNX model, as its weights must be dense: one is sparse');
    else reader.skip();
  }
  return { name, nodes, inputs, outputs, initializers, valueInfo };
}

function readOpset(reader: WireReader): { domain: string; version: number } {
  let domain = '';
  let version = 0;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === fields.opset.domain) domain = reader.text();
    else if (field === fields.opset.version) version = Number(reader.integer());
    else reader.skip();
  }
  return { domain, version };
}

function readModel(reader: WireReader): OnnxModel {
  const producer = { name: '', version: '' };
  const opsets: { domain: string; version: number }[] = [];
  const metadata: [string, string][] = [];
  let irVersion = 0;
  let graph: OnnxGraph | null = null;
  const field = fields.model;
  for (let number = reader.next(); number !== 0; number = reader.next()) {
    if (number === field.irVersion) irVersion = Number(reader.integer());
    else if (number === field.producerName) producer.name = reader.text();
    else if (number === field.producerVersion) producer.version = reader.text();
    else if (number === field.graph) graph = reader.message(readGraph);
    else if (number === field.opset) opsets.push(reader.message(readOpset));
    else if (number === field.metadata) metadata.push(reader.message(readEntry));
    else if (number === field.functions)
      throw new FileFormatError('cannot read ONNX model, as it must be one graph: it defines functions of its own');
    else reader.skip();
  }
  if (graph === null) throw new FileFormatError('cannot read ONNX model, as it must have a graph: it has none');
  // Defines each key as the object's own, `__proto__` included.
  return { irVersion, opsets, producer, graph, metadata: Object.fromEntries(metadata) };
}

/**
 * Reads an `.onnx` file; weights are views of the given bytes, not copies.
 *
 * Whatever the bytes are, the time and memory it takes are bounded by their number and the limits. Documentation texts,
 * training information and other fields without a meaning for running the model are left out.
 *
 * @param limits what the file may demand at most; by default `defaultOnnxLimits`.
 * @throws {FileFormatError} Where the file is cut short, damaged or beyond the limits, or has what is not read here:
 * sparse or text tensors, values that are not tensors, functions of its own.
 * @source onnx.proto of ONNX
 */
export function decodeModel(bytes: Uint8Array, limits: Partial<OnnxLimits> = {}): OnnxModel {
  const { maxBytes, maxDepth, maxParts } = { ...defaultOnnxLimits, ...limits };
  if (bytes.length > maxBytes)
    throw new FileFormatError(
      `cannot read ONNX model, as it may have at most ${maxBytes} bytes: it has ${bytes.length}`,
    );
  return readModel(new WireReader(bytes, 0, bytes.length, { parts: 0, maxParts, maxDepth }));
}
