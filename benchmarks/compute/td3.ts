import {
  add,
  applyMlp,
  clip,
  concat,
  createArena,
  createAveraging,
  alignedBytes,
  allocateTensor,
  foldIn,
  initMlp,
  key,
  mean,
  minimum,
  mul,
  neg,
  optimizerStates,
  parameter,
  parametersFor,
  square,
  sub,
  tanh,
  uniforms,
  valueAndGrad,
  valuesOf,
  type FileTensor,
  type HostArray,
  type MlpParameters,
  type Runtime,
  type SharedTensor,
  type Tensor,
} from '@heed/compute';
import { dataTensors, sharedData, weightTensors } from './supervised.ts';
import { adam, compileIn, learningRate, type Training, type TrainingForm, type Workload } from './workload.ts';
import { noise } from './workloads.ts';

const [stateWidth, actionWidth, hidden, batch] = [17, 6, 256, 256];
const discount = 0.99;
const averagingRate = 0.005;
const seed = key(2026);

type Critics<Leaf = Tensor> = { readonly first: MlpParameters<Leaf>; readonly second: MlpParameters<Leaf> };
type Networks<Leaf = Tensor> = Critics<Leaf> & { readonly actor: MlpParameters<Leaf> };

const initCritic = (number: number): MlpParameters<HostArray> =>
  initMlp(foldIn(seed, number), [stateWidth + actionWidth, hidden, hidden, 1]);

const networks: Networks<HostArray> = {
  first: initCritic(1),
  second: initCritic(2),
  actor: initMlp(foldIn(seed, 3), [stateWidth, hidden, hidden, actionWidth]),
};

/** The mean squared distance of both critics from what the targets make of the next state. */
function criticLoss({ first, second }: Critics, targets: Networks, data: Readonly<Record<string, Tensor>>): Tensor {
  const { states, actions, rewards, following, going, noise: jitter } = data as Record<string, Tensor> & typeof inputs;
  const smoothed = clip(add(tanh(applyMlp(targets.actor, following)), jitter), -1, 1);
  const next = concat([following, smoothed], 1);
  const value = minimum(applyMlp(targets.first, next), applyMlp(targets.second, next));
  const wanted = add(rewards, mul(mul(going, discount), value));
  const now = concat([states, actions], 1);
  const distance = (critic: MlpParameters): Tensor => mean(square(sub(applyMlp(critic, now), wanted)));
  return add(distance(first), distance(second));
}

const actorLoss = (actor: MlpParameters, critic: MlpParameters, states: Tensor): Tensor =>
  neg(mean(applyMlp(critic, concat([states, tanh(applyMlp(actor, states))], 1))));

const inputs = {
  states: parameter('states', [batch, stateWidth]),
  actions: parameter('actions', [batch, actionWidth]),
  rewards: parameter('rewards', [batch, 1]),
  following: parameter('following', [batch, stateWidth]),
  going: parameter('going', [batch, 1]),
  noise: parameter('noise', [batch, actionWidth]),
};

function transitions(steps: number): Record<keyof typeof inputs, FileTensor> {
  const random = (number: number, width: number): FileTensor => noise(foldIn(seed, number), [steps, batch, width]);
  const scaled = (number: number, width: number, change: (value: number) => number): FileTensor => {
    const { shape, data } = random(number, width);
    return { dataType: 'float32', shape, data: Float32Array.from(data as Float32Array, change) };
  };
  return {
    states: random(10, stateWidth),
    actions: scaled(11, actionWidth, Math.tanh),
    rewards: random(12, 1),
    following: random(13, stateWidth),
    going: {
      dataType: 'float32',
      shape: [steps, batch, 1],
      data: uniforms(foldIn(seed, 14), steps * batch).map((u) => (u < 0.99 ? 1 : 0)),
    },
    noise: scaled(15, actionWidth, (value) => Math.max(-0.5, Math.min(0.5, 0.2 * value))),
  };
}

/** TD3: both critics at every step, the actor and the averaged targets at every second one. */
export function td3Workload(steps: number): Workload {
  const data = transitions(steps);
  return {
    name: 'td3',
    steps,
    peer: {
      model: 'td3',
      config: { hidden, state: stateWidth, action: actionWidth, learningRate, data: Object.keys(data) },
    },
    tensors: { ...weightTensors(networks, 'parameters'), ...weightTensors(networks, 'targets'), ...dataTensors(data) },
    train: (runtime, form = {}) => train(runtime, form, steps, data),
  };
}

const isActor = (path: string): boolean => path.startsWith('actor.');
const isCritic = (path: string): boolean => !isActor(path);

/** Some of the steps of a tensor that has them along its first axis. */
const part = ({ dataType, shape, data: numbers }: SharedTensor, from: number, count: number): SharedTensor => {
  const size = numbers.length / (shape[0] ?? 1);
  return { dataType, shape: [count, ...shape.slice(1)], data: numbers.subarray(from * size, (from + count) * size) };
};

async function train(
  runtime: Runtime,
  form: TrainingForm,
  steps: number,
  data: Readonly<Record<string, FileTensor>>,
): Promise<Training> {
  const parameters = parametersFor(networks, 'parameters');
  const targets = parametersFor(networks, 'targets');
  const { actor, ...critics } = parameters;
  const critic = valueAndGrad((params: Critics) => criticLoss(params, targets, inputs))(critics);
  const { model: criticModel } = await compileIn(form, {
    inputs: { parameters: critics, targets, ...inputs },
    outputs: { loss: critic.value, gradients: critic.gradients },
  });
  const acting = valueAndGrad((params: MlpParameters) => actorLoss(params, parameters.first, inputs.states))(actor);
  const { model: actorModel } = await compileIn(form, {
    inputs: { parameters: { actor, first: parameters.first }, states: inputs.states },
    outputs: { gradients: { actor: acting.gradients } },
  });

  const named = valuesOf(networks);
  const states = optimizerStates[adam.kind];
  const arena = createArena(
    named.reduce((total, { value }) => total + (3 + states.length) * alignedBytes('float32', value.shape), 65_536),
  );
  const memory = new Map(
    named.map(({ path, value }) => {
      const take = (): SharedTensor => arena.allocate('float32', value.shape);
      const tensors = { parameter: take(), target: take(), gradient: take(), state: states.map(take) };
      for (const { data: numbers } of [tensors.parameter, tensors.target]) (numbers as Float32Array).set(value.data);
      return [path, tensors] as const;
    }),
  );
  const bound = (paths: (path: string) => boolean, prefix: string, kind: 'parameter' | 'target' | 'gradient') =>
    Object.fromEntries(
      [...memory].flatMap(([path, tensors]) => (paths(path) ? [[`${prefix}.${path}`, tensors[kind]] as const] : [])),
    );
  const updateOf = (paths: (path: string) => boolean) => ({
    memory: arena.memory,
    rule: adam,
    slots: [...memory].flatMap(([path, tensors]) => (paths(path) ? [tensors] : [])),
    learningRate,
  });
  const criticProgram = await runtime.load(criticModel, {
    name: 'critics',
    bindings: {
      ...bound(isCritic, 'parameters', 'parameter'),
      ...bound(() => true, 'targets', 'target'),
      ...bound(isCritic, 'gradients', 'gradient'),
    },
    update: updateOf(isCritic),
  });
  const actorProgram = await runtime.load(actorModel, {
    name: 'actor',
    worker: 0,
    bindings: {
      ...bound((path) => !path.startsWith('second.'), 'parameters', 'parameter'),
      ...bound(isActor, 'gradients', 'gradient'),
    },
    update: updateOf(isActor),
  });
  const average = createAveraging(
    arena.memory,
    [...memory.values()].map(({ parameter: source, target }) => ({ source, target })),
  );
  const shared = sharedData(data);
  const losses = allocateTensor('float32', [steps]);
  const partOf = (from: number, count: number): Record<string, SharedTensor> =>
    Object.fromEntries(Object.entries(shared).map(([name, tensor]) => [name, part(tensor, from, count)]));
  // Views are made once: a loop that trains has its replay buffer in such memory.
  const pairs = Array.from({ length: Math.floor(steps / 2) }, (_, pair) => ({
    critics: { steps: 2, inputs: partOf(2 * pair, 2), outputs: { loss: part(losses, 2 * pair, 2) } },
    states: part(shared['states'] as SharedTensor, 2 * pair + 1, 1).data,
  }));
  return {
    models: [
      { model: criticModel, runs: steps },
      { model: actorModel, runs: Math.floor(steps / 2) },
    ],
    call: async () => {
      for (const pair of pairs) {
        await criticProgram.runSteps(pair.critics);
        await actorProgram.run({ states: pair.states });
        average(averagingRate);
      }
      return Array.from(losses.data, Number);
    },
    close: async () => {
      await criticProgram.close();
      await actorProgram.close();
    },
  };
}
