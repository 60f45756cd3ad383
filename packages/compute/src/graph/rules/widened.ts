import type { OpName } from '../attributes.ts';
import type { DType } from '../dtype.ts';
import type { EmitContext, OpRule } from '../rule.ts';
import type { Node } from '../tensor.ts';
import { int } from './helpers.ts';
import { onnxDataCode } from './special.ts';

/** Most kernels of ONNX Runtime do not take these: what they are computed as instead. Wide words wrap when narrowed. */
const widerTypes: Partial<Record<DType, 'int64' | 'uint8'>> = { uint32: 'int64', bool: 'uint8' };

const cast = (context: EmitContext, name: string, to: DType): string =>
  context.add('Cast', [name], [int('to', onnxDataCode(to))]);

/**
 * Writes an op on elements of a type that ONNX Runtime has a kernel for, and turns the results back.
 *
 * @param places which inputs have the type of what comes out; by default the first.
 */
export function widened<K extends OpName>(emit: OpRule<K>['emit'], places: readonly number[] = [0]): OpRule<K>['emit'] {
  return (context, node: Node<K>, names) => {
    const dtype = node.inputs[places[0] ?? 0]?.dtype as DType;
    const wider = widerTypes[dtype];
    if (wider === undefined) return emit(context, node, names);
    const given = names.map((name, index) => (places.includes(index) ? cast(context, name, wider) : name));
    return emit(context, node, given).map((name, index) =>
      node.outputs[index]?.dtype === dtype ? cast(context, name, dtype) : name,
    );
  };
}
