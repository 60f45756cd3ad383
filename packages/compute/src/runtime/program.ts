import { ComputeRuntimeError } from './errors.ts';
import { checkStepped, fittingElements, tensorText, type TensorInput } from './inputs.ts';
import type { SharedTensor, TensorArray } from './shared-tensor.ts';
import type { WorkerClient } from './worker-client.ts';
import { settingPlaces, type Reply, type Tensors } from './worker-protocol.ts';

export interface StepsOptions {
  readonly steps: number;
  /** Inputs that differ from step to step: shared tensors with one more axis, first. The others stay as they are. */
  readonly inputs?: Tensors;
  /** Outputs to keep of every step: shared tensors with one more axis, first. */
  readonly outputs?: Tensors;
  /** One for each step, for a program with an update. */
  readonly learningRates?: Float64Array;
}

export interface UpdateSettings {
  readonly learningRate?: number;
  /** Number of the next step, from 1. */
  readonly step?: number;
  /** `Infinity`: the norm is measured only; 0: it is not, either. */
  readonly maxGradientNorm?: number;
}

interface ProgramParts {
  readonly name: string;
  readonly id: number;
  readonly client: WorkerClient;
  readonly inputs: Tensors;
  readonly outputs: Tensors;
  /** Names of inputs that lie in memory of the caller's, and are not given with each run. */
  readonly bound: ReadonlySet<string>;
  readonly settings: Float64Array | null;
  /** Takes memory that was not the caller's when the program is closed. */
  readonly giveBack: (tensor: SharedTensor) => void;
}

function failureIn(reply: Reply | null): string | null {
  return reply?.kind === 'failed' ? reply.message : null;
}

/** A model with its sizes bound, ready to run in a worker thread, on memory that both threads see. */
export class CompiledProgram {
  readonly name: string;
  /** Memory that the program reads: what is written there is what the next run sees, without a copy. */
  readonly inputs: Tensors;
  /** Memory that the program writes: good until its next run. */
  readonly outputs: Tensors;
  readonly #parts: ProgramParts;
  readonly #given: readonly string[];
  readonly #views: Readonly<Record<string, TensorArray>>;
  #closed = false;

  constructor(parts: ProgramParts) {
    this.#parts = parts;
    this.name = parts.name;
    this.inputs = parts.inputs;
    this.outputs = parts.outputs;
    this.#given = Object.keys(parts.inputs).filter((name) => !parts.bound.has(name));
    this.#views = Object.fromEntries(Object.entries(parts.outputs).map(([name, { data }]) => [name, data]));
  }

  /** What the update that follows each run goes by; unset fields stay as they are. */
  configure({ learningRate, step, maxGradientNorm }: UpdateSettings): void {
    const settings = this.#settings('configure');
    if (learningRate !== undefined) settings[settingPlaces.learningRate] = learningRate;
    if (step !== undefined) settings[settingPlaces.step] = step;
    if (maxGradientNorm !== undefined) settings[settingPlaces.maxGradientNorm] = maxGradientNorm;
  }

  /** Number of the next step, and the gradients' norm at the last one before clipping: NaN where it is not measured. */
  get progress(): { readonly step: number; readonly gradientNorm: number } {
    const settings = this.#settings('tell the progress of');
    const { step, gradientNorm } = settingPlaces;
    return { step: settings[step] ?? 1, gradientNorm: settings[gradientNorm] ?? 0 };
  }

  #settings(verb: string): Float64Array {
    const { settings } = this.#parts;
    if (settings === null) throw new TypeError(`cannot ${verb} ${this.name}, as it must have an update: it has none`);
    return settings;
  }

  /**
   * Runs once.
   *
   * Runs of one worker follow one another; inputs are taken when the turn has come. Where several callers share a
   * program, use `runAndRead`: a run that waits may begin before the caller of the one before it has looked.
   *
   * @param inputs every input that is not bound to memory of the caller's. One that lies in `this.inputs` already, as
   * the same array, costs no copy.
   * @returns the outputs, by name: views of `this.outputs`, overwritten by the next run.
   * @throws {TypeError} Where an input is missing, unknown or of another type.
   * @throws {RangeError} Where an input has another shape.
   * @throws {ComputeRuntimeError} `onnx_runtime` where an operator fails, `worker_ended`, `closed`.
   */
  async run(inputs: Readonly<Record<string, TensorInput>> = {}): Promise<Readonly<Record<string, TensorArray>>> {
    return this.runAndRead(inputs, (outputs) => outputs);
  }

  /**
   * Runs once, and reads the outputs before the next run can overwrite them.
   *
   * @param read what to make of the outputs: it must take what it keeps.
   * @throws As `run`.
   * @example
   * const logits = await program.runAndRead({ x }, ({ y }) => y?.slice());
   */
  async runAndRead<Result>(
    inputs: Readonly<Record<string, TensorInput>>,
    read: (outputs: Readonly<Record<string, TensorArray>>) => Result,
  ): Promise<Result> {
    const copies = this.#check(inputs);
    const { client, id } = this.#parts;
    return client.enqueue(async () => {
      this.#checkOpen();
      for (const [target, source] of copies) (target as Uint8Array).set(source as Uint8Array);
      this.#checkReply(await client.run(id));
      return read(this.#views);
    });
  }

  /**
   * Runs several times without coming back in between: a training loop at the cost of one call.
   *
   * @throws {TypeError} Where an input or output is unknown, or does not lie in shared memory.
   * @throws {RangeError} Where the number of steps is no positive whole number, or a shape is another.
   * @throws {ComputeRuntimeError} As `run`; the steps before the failing one have been taken.
   */
  async runSteps({ steps, inputs = {}, outputs = {}, learningRates }: StepsOptions): Promise<void> {
    if (!Number.isSafeInteger(steps) || steps < 1)
      throw new RangeError(`cannot run ${this.name}, as its steps must be a whole number from 1: it is ${steps}`);
    for (const [own, given] of [
      [this.inputs, inputs],
      [this.outputs, outputs],
    ] as const) {
      for (const [name, tensor] of Object.entries(given))
        checkStepped(this.name, name, this.#known(own, name), tensor, steps);
    }
    if (learningRates !== undefined && learningRates.length !== steps)
      throw new RangeError(
        `cannot run ${steps} steps of ${this.name}, as it must have as many learning rates: it has ${learningRates.length}`,
      );
    if (learningRates !== undefined) this.#settings('set learning rates of');
    const { client, id } = this.#parts;
    await client.enqueue(async () => {
      this.#checkOpen();
      const rates = learningRates ?? null;
      const command = {
        kind: 'steps',
        program: id,
        steps,
        feeds: inputs,
        fetches: outputs,
        learningRates: rates,
      } as const;
      this.#checkReply(await client.send(command));
    });
  }

  /**
   * Gives the session and its memory back: inputs and outputs are no longer to be looked at, as other programs may use
   * their memory. What was bound is the caller's and stays.
   */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const { client, id } = this.#parts;
    // A thread that has ended has taken the session with it.
    await client.enqueue(() => client.send({ kind: 'unload', program: id })).catch(() => null);
    for (const [name, tensor] of [...Object.entries(this.inputs), ...Object.entries(this.outputs)])
      if (!this.#parts.bound.has(name)) this.#parts.giveBack(tensor);
  }

  #known(own: Tensors, name: string): SharedTensor {
    const target = Object.hasOwn(own, name) ? own[name] : undefined;
    if (target === undefined)
      throw new TypeError(`cannot run ${this.name}, as it must know ${name}: it has ${Object.keys(own).join(', ')}`);
    return target;
  }

  #check(inputs: Readonly<Record<string, TensorInput>>): [TensorArray, TensorArray][] {
    const missing = this.#given.find((name) => !Object.hasOwn(inputs, name));
    if (missing !== undefined)
      throw new TypeError(
        `cannot run ${this.name}, as ${missing} must be given, ${tensorText(this.#known(this.inputs, missing))}: it is missing`,
      );
    return Object.entries(inputs).flatMap(([name, given]) => {
      const target = this.#known(this.inputs, name);
      if (this.#parts.bound.has(name))
        throw new TypeError(`cannot run ${this.name}, as ${name} must stay where it is bound: it was given as well`);
      const data = fittingElements(this.name, name, target, given);
      return data === target.data ? [] : [[target.data, data] as [TensorArray, TensorArray]];
    });
  }

  #checkOpen(): void {
    if (this.#closed)
      throw new ComputeRuntimeError('closed', `cannot run ${this.name}, as it must be open: it was closed`);
  }

  #checkReply(reply: Reply | null): void {
    const message = failureIn(reply);
    if (message === null) return;
    const shapes = Object.entries(this.inputs).map(([name, tensor]) => `${name} ${tensorText(tensor)}`);
    throw new ComputeRuntimeError(
      'onnx_runtime',
      `cannot run ${this.name}, as ONNX Runtime must carry it out: ${message} (inputs: ${shapes.join('; ')})`,
    );
  }
}
