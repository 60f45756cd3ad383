import { parentPort } from 'node:worker_threads';
import { findPaper } from '../registry.ts';
import type { SeedOrder, SeedReply } from './pool.ts';

if (parentPort === null) throw new Error('cannot run seeds, as this module must be a worker thread: it is not');
const port = parentPort;

function answer(reply: SeedReply): void {
  port.postMessage(reply);
}

port.on('message', ({ paper, settings, seed, ablation }: SeedOrder) => {
  Promise.resolve()
    .then(() =>
      findPaper(paper).runSeed({ settings, seed, ablation, pulse: (share) => answer({ kind: 'pulse', share }) }),
    )
    .then(
      (outcome) => answer({ kind: 'outcome', outcome }),
      (error: unknown) =>
        answer({ kind: 'failure', message: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
});
