import { WireWriter } from '../onnx/wire-writer.ts';

/**
 * Name of an extra output that keeps ONNX Runtime's binding from copying what it has written.
 *
 * The binding writes outputs into the arrays it is given, and then copies each of them once more into an array of its
 * own, which nobody wants. It converts outputs in order and stops at one that is not a tensor: an empty sequence put
 * first ends the call after the model has run and before anything is copied.
 */
export const sentinelName = 'heed_no_copy';

/** What the binding says at the sentinel. A release that says something else copies again, and is as right. */
export const sentinelMessage = 'Non tensor type is temporarily not supported.';

/** Below this, making an exception costs more than the copy that it saves (measured: 10 µs, and 10 µs for 150 kB). */
export const sentinelPaysFromBytes = 196_608;

/** Operators of this version of ONNX know sequences. */
const sequencesSinceVersion = 11;

/** True if a model with these operators may have the sentinel. */
export function allowsSentinel(opsets: readonly { readonly domain: string; readonly version: number }[]): boolean {
  return opsets.some(
    ({ domain, version }) => (domain === '' || domain === 'ai.onnx') && version >= sequencesSinceVersion,
  );
}

/**
 * Puts the sentinel before the outputs of a model file. Two protocol buffers one after the other are one whose lists
 * are joined: so it is a matter of a few bytes before the file.
 */
export function withSentinel(model: Uint8Array): Uint8Array<ArrayBuffer> {
  const writer = new WireWriter();
  writer.message(7, (graph) => {
    graph.message(1, (node) => {
      node.text(2, sentinelName);
      node.text(4, 'SequenceEmpty');
    });
    graph.message(12, (output) => {
      output.text(1, sentinelName);
      output.message(2, (type) => {
        type.message(4, (sequence) => {
          sequence.message(1, (element) => element.message(1, (tensor) => tensor.integer(1, 1)));
        });
      });
    });
  });
  const prefix = writer.finish();
  const joined = new Uint8Array(prefix.length + model.length);
  joined.set(prefix);
  joined.set(model, prefix.length);
  return joined;
}
