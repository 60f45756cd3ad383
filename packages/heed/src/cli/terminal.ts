/** The edge of the process, so that a test can stand in its place. */
export interface Terminal {
  /** Results, and nothing else. */
  readonly out: (text: string) => void;
  /** Logs, progress, questions and errors. */
  readonly err: (text: string) => void;
  /** A person can see `err` as it is written. */
  readonly watched: boolean;
  /** A person can be asked. */
  readonly answers: boolean;
  readonly environment: { readonly [name: string]: string | undefined };
  readonly folder: string;
  readonly clock: () => number;
  /** Fires at the first Ctrl-C or termination signal. */
  readonly interrupted: AbortSignal;
}
