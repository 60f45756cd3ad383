/** What can go wrong while a program is loaded or run, by its stable code. */
export type RuntimeErrorCode =
  /** ONNX Runtime refused the model or failed in one of its operators. */
  | 'onnx_runtime'
  /** The worker thread ended by itself. */
  | 'worker_ended'
  /** The runtime or the program was closed. */
  | 'closed';

/** A failure of the run time, not of its caller's arguments. */
export class ComputeRuntimeError extends Error {
  override readonly name = 'ComputeRuntimeError';
  readonly code: RuntimeErrorCode;

  constructor(code: RuntimeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
