import { formatShape } from './dimension.ts';
import type { Tensor } from './tensor.ts';

// Frames show files as addresses or as paths.
const root = new URL('..', import.meta.url);
const roots = [root.href, decodeURIComponent(root.pathname)];

const isOurs = (frame: string): boolean =>
  roots.some((start) => frame.includes(start)) && !/\.test\.[jt]s:/u.test(frame);

/** Where the user's code called us: `file:line:column`, or `undefined`. */
function userLine(stack: string | undefined): string | undefined {
  const frames = (stack ?? '').split('\n').slice(1);
  const frame = frames.find((line) => !isOurs(line) && !line.includes('node:internal') && line.includes(':'));
  return frame
    ?.trim()
    .replace(/^at\s+/u, '')
    .replace(/^.*\((.*)\)$/u, '$1')
    .replace(/^file:\/\//u, '');
}

/** The error of an op that was given what does not fit: names the op, the shapes and the user's line. */
export function opError(op: string, inputs: readonly Tensor[], rule: string): RangeError {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 60;
  const error = new RangeError();
  Error.stackTraceLimit = limit;
  const given = inputs.map((input) => `${input.dtype}${formatShape(input.shape)}`).join(', ');
  const line = userLine(error.stack);
  error.message = `cannot ${op}(${given}), as ${rule}${line === undefined ? '' : ` (at ${line})`}`;
  return error;
}

/** An axis counted from the front; negative ones count from the end. */
export function normaliseAxis(op: string, input: Tensor, axis: number, rank = input.shape.length): number {
  const normal = axis < 0 ? axis + rank : axis;
  if (Number.isInteger(normal) && normal >= 0 && normal < rank) return normal;
  throw opError(op, [input], `the axis must be within ${-rank} to ${rank - 1}: it is ${axis}`);
}

/** Axes in rising order; all axes where none are given. */
export function normaliseAxes(
  op: string,
  input: Tensor,
  axes: number | readonly number[] | undefined,
): readonly number[] {
  if (axes === undefined) return input.shape.map((_, axis) => axis);
  const list = (typeof axes === 'number' ? [axes] : axes).map((axis) => normaliseAxis(op, input, axis));
  if (new Set(list).size !== list.length)
    throw opError(op, [input], `axes must not repeat: they are [${list.join(', ')}]`);
  return list.toSorted((a, b) => a - b);
}
