import { parentPort, workerData } from 'node:worker_threads';
import {
  allocateTensor,
  createRuntime,
  openParameterStore,
  type ParameterStoreHandle,
  type SharedTensor,
} from '../index.ts';

/** Acts in a thread of its own by the newest parameters there are, and says by which version it did. */
const { handle, model, last } = workerData as { handle: ParameterStoreHandle; model: Uint8Array; last: number };
const reader = openParameterStore(handle);
const weights: Record<string, SharedTensor> = Object.fromEntries(
  Object.entries(handle.parameters).map(([name, { dataType, shape }]) => [name, allocateTensor(dataType, shape)]),
);
const runtime = createRuntime();
const bindings = Object.fromEntries(Object.entries(weights).map(([name, tensor]) => [`parameters.${name}`, tensor]));
const policy = await runtime.load(model, { bindings });
const state = Float32Array.of(0.5, -1);
parentPort?.postMessage('ready');
const acts: { version: number; action: number }[] = [];
for (let version = 0; version < last;) {
  version = reader.copyInto(weights, version);
  const { action } = await policy.run({ state });
  if (version > 0) acts.push({ version, action: Number(action?.[0]) });
}
await runtime.close();
parentPort?.postMessage(acts);
