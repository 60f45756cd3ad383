import {
  allocateTensor,
  leavesOf,
  loadTraining,
  optimizerStates,
  optimizerStep,
  parameter,
  parameterTree,
  valueAndGrad,
  valuesOf,
  type FileTensor,
  type FileTensors,
  type HostArray,
  type OptimizerRule,
  type ReplaceArrays,
  type Runtime,
  type SharedTensor,
  type Tensor,
  type Tree,
  type Values,
} from '@heed/compute';
import { compileIn, learningRate, type Training, type TrainingForm, type Workload } from './workload.ts';

/** Batches of one input, along the first axis. */
export type Batches = Readonly<Record<string, FileTensor>>;

interface Supervised<T extends Values> {
  readonly name: string;
  readonly peer: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly values: T;
  readonly data: Batches;
  readonly rule: OptimizerRule;
  readonly loss: (params: ReplaceArrays<T, Tensor>, batch: Readonly<Record<string, Tensor>>) => Tensor;
}

const float32 = ({ shape, data }: HostArray): FileTensor => ({
  dataType: 'float32',
  shape,
  data: Float32Array.from(data),
});

/** First weights under `prefix`, as a file keeps them. */
export const weightTensors = (values: Values, prefix: string): FileTensors =>
  Object.fromEntries(valuesOf(values, prefix).map(({ path, value }) => [path, float32(value)]));

export const dataTensors = (data: Batches): FileTensors =>
  Object.fromEntries(Object.entries(data).map(([name, tensor]) => [`data.${name}`, tensor]));

/** Copies into shared memory, where every step of a call finds its batch. */
export const sharedData = (data: Batches): Record<string, SharedTensor> =>
  Object.fromEntries(
    Object.entries(data).map(([name, { dataType, shape, data: numbers }]) => {
      const shared = allocateTensor(dataType as SharedTensor['dataType'], shape);
      (shared.data as Uint8Array).set(numbers as Uint8Array);
      return [name, shared];
    }),
  );

/** A workload whose loss is a function of the parameters and a batch. */
export function supervised<T extends Values>(given: Supervised<T>): Workload {
  const { name, values, data, rule, config } = given;
  const steps = Object.values(data)[0]?.shape[0] ?? 0;
  const weightDecay = 'weightDecay' in rule ? rule.weightDecay : 0;
  return {
    name,
    steps,
    peer: { model: given.peer, config: { ...config, learningRate, weightDecay, data: Object.keys(data) } },
    tensors: { ...weightTensors(values, 'parameters'), ...dataTensors(data) },
    train: (runtime, form = {}) =>
      form.optimizer === 'graph'
        ? trainInGraph(runtime, given, form, steps)
        : trainByKernel(runtime, given, form, steps),
  };
}

/** What stands for the batch of one step. */
const batchOf = (data: Batches): Record<string, Tensor> =>
  Object.fromEntries(
    Object.entries(data).map(([name, { shape, dataType }]) => [
      name,
      parameter(name, shape.slice(1), dataType === 'int64' ? 'int64' : 'float32'),
    ]),
  );

function gradientGraph<T extends Values>({ values, data, loss }: Supervised<T>) {
  const parameters = parameterTree(values);
  const batch = batchOf(data);
  const withGradient = valueAndGrad((params: Tree) => loss(params as ReplaceArrays<T, Tensor>, batch));
  return { parameters, batch, ...withGradient(parameters) };
}

async function trainByKernel<T extends Values>(
  runtime: Runtime,
  given: Supervised<T>,
  form: TrainingForm,
  steps: number,
): Promise<Training> {
  const { name, values, rule, data, loss } = given;
  const { options = {}, tuner } = form;
  const training = await loadTraining(runtime, {
    name,
    values,
    inputs: batchOf(data),
    loss,
    rule,
    learningRate,
    options,
    ...(tuner && { tuner }),
  });
  const { model, program } = training;
  const inputs = sharedData(data);
  const losses = allocateTensor('float32', [steps]);
  return {
    models: [{ model, runs: steps }],
    call: async () => {
      if (form.grouped !== false) await program.runSteps({ steps, inputs, outputs: { loss: losses } });
      else
        for (let step = 0; step < steps; step += 1) {
          const outputs = await program.run(stepOf(inputs, step));
          losses.data[step] = Number(outputs['loss']?.[0]);
        }
      return Array.from(losses.data, Number);
    },
    close: () => training.close(),
  };
}

/** The batch of one step, as views. */
function stepOf(inputs: Readonly<Record<string, SharedTensor>>, step: number): Record<string, SharedTensor['data']> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { data, shape }]) => {
      const count = data.length / (shape[0] ?? 1);
      return [name, data.subarray(step * count, (step + 1) * count)];
    }),
  );
}

/** Old and new weights and state lie in two sets of memory that change places with each step. */
async function trainInGraph<T extends Values>(
  runtime: Runtime,
  given: Supervised<T>,
  form: TrainingForm,
  steps: number,
): Promise<Training> {
  const { values, rule, data } = given;
  const { parameters, batch, value: loss, gradients } = gradientGraph(given);
  const names = optimizerStates[rule.kind];
  const state = Object.fromEntries(names.map((name) => [name, parameterTree(values, name)]));
  const step = parameter('step', []);
  const next = optimizerStep(rule, { parameters, gradients, state, learningRate, step });
  const { model } = await compileIn(form, {
    inputs: { parameters, state, step, ...batch },
    outputs: { loss, next: { parameters: next.parameters, state: next.state } },
  });
  const paths = leavesOf({ parameters, state }).map(({ path, tensor }) => ({ path, shape: tensor.shape as number[] }));
  const sets = [0, 1].map(
    () => new Map(paths.map(({ path, shape }) => [path, allocateTensor('float32', shape)] as const)),
  ) as [Map<string, SharedTensor>, Map<string, SharedTensor>];
  for (const { path, value } of valuesOf(values, 'parameters'))
    (sets[0].get(path) as SharedTensor).data.set(value.data as never);
  const loadFrom = (from: number) =>
    runtime.load(model, {
      name: given.name,
      bindings: {
        ...Object.fromEntries(sets[from as 0 | 1]),
        ...Object.fromEntries([...sets[(1 - from) as 0 | 1]].map(([path, tensor]) => [`next.${path}`, tensor])),
      },
    });
  const programs = [await loadFrom(0), await loadFrom(1)] as const;
  const inputs = sharedData(data);
  let taken = 0;
  return {
    models: [{ model, runs: steps }],
    call: async () => {
      const losses: number[] = [];
      for (let index = 0; index < steps; index += 1) {
        const program = programs[(taken % 2) as 0 | 1];
        taken += 1;
        const outputs = await program.run({ ...stepOf(inputs, index), step: Float32Array.of(taken) });
        losses.push(Number(outputs['loss']?.[0]));
      }
      return losses;
    },
    close: async () => {
      for (const program of programs) await program.close();
    },
  };
}
