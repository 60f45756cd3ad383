import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxTensor, OnnxValue } from './types.ts';
import { onnxDataTypes } from './types.ts';
import { attributeKinds, fields } from './fields.ts';
import { WireWriter } from './wire-writer.ts';

function writeTensor(writer: WireWriter, tensor: OnnxTensor): void {
  const field = fields.tensor;
  for (const size of tensor.dims) writer.integer(field.dims, size);
  writer.integer(field.dataType, onnxDataTypes[tensor.dataType].code);
  if (tensor.name !== '') writer.text(field.name, tensor.name);
  if (tensor.data instanceof Uint8Array) {
    writer.bytes(field.rawData, tensor.data);
    return;
  }
  const { location, offset, lengthBytes } = tensor.data;
  const entries: [string, string][] = [
    ['location', location],
    ['offset', String(offset)],
  ];
  if (lengthBytes !== undefined) entries.push(['length', String(lengthBytes)]);
  for (const entry of entries) writeEntry(writer, field.externalData, entry);
  writer.integer(field.dataLocation, 1);
}

function writeEntry(writer: WireWriter, field: number, [key, value]: readonly [string, string]): void {
  writer.message(field, (entry) => {
    entry.text(fields.entry.key, key);
    entry.text(fields.entry.value, value);
  });
}

function writeAttribute(writer: WireWriter, attribute: OnnxAttribute): void {
  const field = fields.attribute;
  writer.text(field.name, attribute.name);
  switch (attribute.kind) {
    case 'int':
      writer.integer(field.int, attribute.value);
      break;
    case 'float':
      writer.float(field.float, attribute.value);
      break;
    case 'string':
      writer.text(field.string, attribute.value);
      break;
    case 'tensor':
      writer.message(field.tensor, (inner) => writeTensor(inner, attribute.value));
      break;
    case 'graph':
      writer.message(field.graph, (inner) => writeGraph(inner, attribute.value));
      break;
    case 'ints':
      for (const value of attribute.value) writer.integer(field.ints, value);
      break;
    case 'floats':
      for (const value of attribute.value) writer.float(field.floats, value);
      break;
    case 'strings':
      for (const value of attribute.value) writer.text(field.strings, value);
      break;
  }
  writer.integer(field.type, attributeKinds[attribute.kind]);
}

function writeNode(writer: WireWriter, node: OnnxNode): void {
  const field = fields.node;
  for (const name of node.inputs) writer.text(field.input, name);
  for (const name of node.outputs) writer.text(field.output, name);
  if (node.name !== '') writer.text(field.name, node.name);
  writer.text(field.opType, node.opType);
  for (const attribute of node.attributes) writer.message(field.attribute, (inner) => writeAttribute(inner, attribute));
  if (node.domain !== '') writer.text(field.domain, node.domain);
}

function writeDimension(writer: WireWriter, dimension: number | string): void {
  if (typeof dimension === 'number') writer.integer(fields.dimension.value, dimension);
  else if (dimension !== '') writer.text(fields.dimension.parameter, dimension);
}

function writeValue(writer: WireWriter, { name, dataType, shape }: OnnxValue): void {
  writer.text(fields.value.name, name);
  if (dataType === 'undefined' && shape === null) return;
  writer.message(fields.value.type, (type) => {
    type.message(fields.type.tensor, (tensor) => {
      tensor.integer(fields.tensorType.elementType, onnxDataTypes[dataType].code);
      if (shape === null) return;
      tensor.message(fields.tensorType.shape, (dimensions) => {
        for (const dimension of shape)
          dimensions.message(fields.shape.dimension, (inner) => writeDimension(inner, dimension));
      });
    });
  });
}

function writeGraph(writer: WireWriter, graph: OnnxGraph): void {
  const field = fields.graph;
  for (const node of graph.nodes) writer.message(field.node, (inner) => writeNode(inner, node));
  writer.text(field.name, graph.name);
  for (const tensor of graph.initializers) writer.message(field.initializer, (inner) => writeTensor(inner, tensor));
  for (const value of graph.inputs) writer.message(field.input, (inner) => writeValue(inner, value));
  for (const value of graph.outputs) writer.message(field.output, (inner) => writeValue(inner, value));
  for (const value of graph.valueInfo) writer.message(field.valueInfo, (inner) => writeValue(inner, value));
}

function initializerBytes(graph: OnnxGraph): number {
  return graph.initializers.reduce((sum, { data }) => sum + (data instanceof Uint8Array ? data.length : 0), 0);
}

/**
 * Writes a model as an `.onnx` file: a protocol buffer that every ONNX tool reads.
 *
 * @returns the bytes of the file.
 * @example
 * const bytes = encodeModel(model);
 * writeFileSync('policy.onnx', bytes);
 * @source onnx.proto of ONNX, IR version 8 to 10
 */
export function encodeModel(model: OnnxModel): Uint8Array {
  // A seventh more than the weights: growing would copy them.
  const writer = new WireWriter(Math.ceil(initializerBytes(model.graph) * 1.15) + 65_536);
  const field = fields.model;
  writer.integer(field.irVersion, model.irVersion);
  writer.text(field.producerName, model.producer.name);
  writer.text(field.producerVersion, model.producer.version);
  writer.message(field.graph, (inner) => writeGraph(inner, model.graph));
  for (const { domain, version } of model.opsets) {
    writer.message(field.opset, (inner) => {
      inner.text(fields.opset.domain, domain);
      inner.integer(fields.opset.version, version);
    });
  }
  for (const entry of Object.entries(model.metadata)) writeEntry(writer, field.metadata, entry);
  return writer.finish();
}
