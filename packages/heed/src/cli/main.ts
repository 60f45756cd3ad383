#!/usr/bin/env node
import { run } from './run.ts';
import { exitCodes } from './exit.ts';

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (interrupted.signal.aborted) process.exit(exitCodes.interrupted);
    interrupted.abort();
  });
}

// `heed decisions | head` closes our output early, which is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) =>
  process.exit(error.code === 'EPIPE' ? exitCodes.ok : exitCodes.failure),
);

const code = await run(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  watched: process.stderr.isTTY,
  // A question on a closed standard input would end the process in its middle.
  answers: process.stdin.isTTY && process.stderr.isTTY,
  environment: process.env,
  folder: process.cwd(),
  clock: Date.now,
  interrupted: interrupted.signal,
});

// Ends with the right code even where a library still holds a handle, once what was printed has left.
process.stdout.write('', () => process.exit(code));
