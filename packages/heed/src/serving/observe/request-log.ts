import { pino } from 'pino';

/** What is told of a request: nothing of what it says, nor of whom it is about. */
export interface RequestLine {
  readonly requestId: string;
  readonly method: string;
  /** The route's pattern; what was asked for where there is none stays untold. */
  readonly route: string;
  readonly status: number;
  readonly latencyMs: number;
}

export interface JsonLog {
  readonly line: (message: string) => void;
  readonly request: (line: RequestLine) => void;
}

/** A log of JSON lines: `time`, `level` and `msg`, or what is told of a request. */
export function createJsonLog(write: (line: string) => void): JsonLog {
  const logger = pino(
    {
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
    },
    { write },
  );
  return {
    line: (message) => logger.info(message),
    request: (line) => (line.status >= 500 ? logger.error(line, 'answered') : logger.info(line, 'answered')),
  };
}
