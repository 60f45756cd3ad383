import { writeFileSync } from 'node:fs';
import { encodeSafetensors, type Runtime } from '@heed/compute';
import { interleave, ownCalls, type Contestant, type Interleaving, type Timing } from './measure.ts';
import { peakMemoryMB, resetPeakMemory } from './memory.ts';
import type { PeerProcess } from './peer-process.ts';
import type { Training, TrainingForm, Workload } from './workload.ts';

/** Who takes part: Heed, PyTorch as it is, and PyTorch compiled. */
export type Side = 'heed' | 'eager' | 'compiled';

export interface ContestOptions extends Interleaving {
  /** Where weights and batches are handed over. */
  readonly file: string;
  readonly sides: readonly Side[];
  readonly form?: TrainingForm;
}

export interface ContestResult {
  /** Of one step. */
  readonly timings: Readonly<Partial<Record<Side, Timing>>>;
  readonly heedPeakMB: number;
  readonly peerPeakMB: number;
  /** Sides that could not take part, with the reason. */
  readonly failed: Readonly<Partial<Record<Side, string>>>;
  readonly models: Training['models'];
}

// Both compute in float32, in other orders.
const tolerance = 1e-3;

/** The models are the same only if they give the same losses from the same weights. */
function checkLosses(name: string, side: Side, ours: readonly number[], theirs: readonly number[]): void {
  const wrong = ours.findIndex((loss, index) => !(Math.abs(loss / (theirs[index] ?? NaN) - 1) < tolerance));
  if (ours.length > 0 && ours.length === theirs.length && wrong < 0) return;
  throw new Error(
    `cannot compare ${name}, as the losses of Heed and ${side} must agree: at step ${wrong + 1} they are ${ours[wrong]} and ${theirs[wrong]}`,
  );
}

const perStep = ({ ms, processorMs }: Timing, steps: number): Timing => ({
  ms: ms / steps,
  processorMs: processorMs / steps,
});

/** Trains one workload on all sides, in turns. */
export async function contest(
  workload: Workload,
  runtime: Runtime,
  peer: PeerProcess | null,
  options: ContestOptions,
): Promise<ContestResult> {
  const { name, steps } = workload;
  const failed: Partial<Record<Side, string>> = {};
  resetPeakMemory();
  const training = await workload.train(runtime, options.form);
  const losses = await training.call();
  const contestants: Partial<Record<Side, Contestant>> = { heed: ownCalls(training.call) };
  if (peer !== null) {
    writeFileSync(options.file, encodeSafetensors(workload.tensors));
    for (const side of options.sides) {
      if (side === 'heed') continue;
      try {
        const theirs = await prepare(peer, workload, side, options.file);
        checkLosses(name, side, losses, theirs);
        contestants[side] = (calls) => peerCalls(peer, side, calls);
      } catch (error) {
        failed[side] = error instanceof Error ? error.message : String(error);
      }
    }
  }
  const perCall = await interleave(contestants, options);
  const heedPeakMB = peakMemoryMB();
  await training.close();
  const peaks: number[] = [];
  for (const side of Object.keys(contestants)) {
    if (side !== 'heed') peaks.push(Number((await peer?.ask({ drop: side }))?.['peakMemoryMB']));
  }
  const timings = Object.fromEntries(
    Object.entries(perCall).map(([side, timing]) => [side, perStep(timing, steps)]),
  ) as ContestResult['timings'];
  return { timings, heedPeakMB, peerPeakMB: Math.max(...peaks), failed, models: training.models };
}

async function prepare(peer: PeerProcess, { peer: about }: Workload, side: Side, file: string): Promise<number[]> {
  await peer.ask({ load: side, ...about, file, compiled: side === 'compiled' });
  return (await peer.ask({ losses: side, calls: 1 }))['losses'] as number[];
}

async function peerCalls(peer: PeerProcess, side: Side, calls: number): Promise<Timing> {
  const { seconds, processorSeconds } = await peer.ask({ time: side, calls });
  return { ms: 1000 * Number(seconds), processorMs: 1000 * Number(processorSeconds) };
}
