import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import { ComputeRuntimeError } from './errors.ts';
import { messageWaits, words, type Command, type Reply, type WorkerStart } from './worker-protocol.ts';

// From sources the entry is TypeScript, from the built package JavaScript: whatever this very file is.
const fromSources = import.meta.url.endsWith('.ts');
const workerEntry = new URL(fromSources ? './worker.ts' : './worker.js', import.meta.url);

/** One worker thread, as the thread that started it sees it; requests wait for one another. */
export class WorkerClient {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #control = new Int32Array(new SharedArrayBuffer(words.count * Int32Array.BYTES_PER_ELEMENT));
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #ended: ComputeRuntimeError | null = null;
  #fail: (error: ComputeRuntimeError) => void = () => undefined;

  constructor(entry: URL = workerEntry) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.unref();
    const workerData: WorkerStart = { port: port2, control: this.#control };
    this.#worker = new Worker(entry, {
      workerData,
      transferList: [port2],
      name: 'heed-compute',
      // Not those of the process, which may be for its main thread only.
      execArgv: fromSources ? ['--disable-warning=ExperimentalWarning'] : [],
    });
    this.#worker.unref();
    this.#worker.on('error', (cause) => {
      this.#end(
        new ComputeRuntimeError('worker_ended', `cannot run, as the worker thread must live: ${String(cause)}`, {
          cause,
        }),
      );
    });
    this.#worker.on('exit', (code) => {
      this.#end(
        new ComputeRuntimeError('worker_ended', `cannot run, as the worker thread must live: it ended with ${code}`),
      );
    });
  }

  #end(error: ComputeRuntimeError): void {
    this.#ended ??= error;
    this.#fail(this.#ended);
  }

  /** Runs the job when those before it are done. */
  enqueue<Result>(job: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(job);
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** To be called within `enqueue`: runs a program on the memory it is bound to. */
  async run(program: number): Promise<Reply | null> {
    return this.#request(program);
  }

  /** To be called within `enqueue`. */
  async send(command: Command, transfer: readonly ArrayBuffer[] = []): Promise<Reply | null> {
    if (this.#ended !== null) throw this.#ended;
    this.#port.postMessage(command, transfer);
    return this.#request(messageWaits);
  }

  async #request(program: number): Promise<Reply | null> {
    if (this.#ended !== null) throw this.#ended;
    const before = Atomics.load(this.#control, words.done);
    const waited = Atomics.waitAsync(this.#control, words.done, before);
    Atomics.store(this.#control, words.program, program);
    Atomics.add(this.#control, words.request, 1);
    Atomics.notify(this.#control, words.request);
    // A wait of this kind does not keep the process alive; the worker does, for as long as something is awaited.
    this.#waiting += 1;
    this.#worker.ref();
    try {
      const { promise, reject } = Promise.withResolvers<never>();
      this.#fail = reject;
      await Promise.race([waited.value, promise]);
    } finally {
      this.#waiting -= 1;
      if (this.#waiting === 0) this.#worker.unref();
    }
    if (Atomics.load(this.#control, words.hasReply) === 0) return null;
    const received = receiveMessageOnPort(this.#port);
    return (received?.message as Reply | undefined) ?? null;
  }

  /** Ends the thread; what still waits is rejected. */
  async close(): Promise<void> {
    this.#end(new ComputeRuntimeError('closed', 'cannot run, as the runtime must be open: it was closed'));
    this.#port.close();
    await this.#worker.terminate();
  }
}
