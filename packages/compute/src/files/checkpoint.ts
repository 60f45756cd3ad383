import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { removeLeftovers } from './atomic-write.ts';
import type { FileTensor, FileTensors } from './file-tensor.ts';
import { FileFormatError } from './format-error.ts';
import { openSafetensors, writeSafetensors } from './safetensors-files.ts';

export interface Checkpoint<State> {
  readonly step: number;
  /** Parameters and the optimiser's state, by name. */
  readonly tensors: FileTensors;
  /** All else that the next step depends on, as JSON: random key, schedule, place in the data. */
  readonly state: State;
}

export interface CheckpointOptions {
  /** How many of the latest stay. */
  readonly keepLast?: number;
}

export const checkpointDefaults = { keepLast: 3 } as const satisfies CheckpointOptions;

const stateKey = 'heed.state';
const stepDigits = 12;
const pattern = /^checkpoint-(\d{12})\.safetensors$/;

/** Steps that have a checkpoint in the folder, in ascending order. */
export async function listCheckpoints(folder: string): Promise<number[]> {
  const files = await readdir(folder).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  return files
    .flatMap((file) => pattern.exec(file)?.[1] ?? [])
    .map(Number)
    .toSorted((a, b) => a - b);
}

function pathOf(folder: string, step: number): string {
  return join(folder, `checkpoint-${String(step).padStart(stepDigits, '0')}.safetensors`);
}

function stateText(state: unknown): string {
  const text = JSON.stringify(state) as string | undefined;
  if (text === undefined || !isDeepStrictEqual(JSON.parse(text), state))
    throw new TypeError('cannot save checkpoint, as its state must come back from JSON unchanged: it does not');
  return text;
}

/**
 * Saves what is needed to go on with the training bit for bit: one safetensors file, there as a whole or not at all.
 * Wherever the writing is interrupted, the checkpoints before it remain.
 *
 * @returns the path of the file.
 * @throws {TypeError} Where the state holds what JSON does not: NaN, -0, a date, undefined …
 * @throws {RangeError} Where the step is not a whole number from 0, or fewer than one is to be kept.
 */
export async function saveCheckpoint<State>(
  folder: string,
  { step, tensors, state }: Checkpoint<State>,
  options: CheckpointOptions = {},
): Promise<string> {
  const { keepLast } = { ...checkpointDefaults, ...options };
  if (!Number.isSafeInteger(step) || step < 0 || step >= 10 ** stepDigits)
    throw new RangeError(`cannot save checkpoint, as its step must be a whole number from 0: it is ${step}`);
  if (!Number.isSafeInteger(keepLast) || keepLast < 1)
    throw new RangeError(`cannot save checkpoint, as it must keep a whole number from 1: it is ${keepLast}`);
  const text = stateText(state);
  await mkdir(folder, { recursive: true });
  const path = pathOf(folder, step);
  await writeSafetensors(path, tensors, { [stateKey]: text });
  const steps = await listCheckpoints(folder);
  for (const old of steps.slice(0, -keepLast)) if (old !== step) await rm(pathOf(folder, old), { force: true });
  await removeLeftovers(folder);
  return path;
}

async function readAll(path: string): Promise<{ tensors: FileTensors; metadata: Readonly<Record<string, string>> }> {
  const reader = await openSafetensors(path);
  try {
    const tensors: [string, FileTensor][] = [];
    for (const name of reader.entries.keys()) tensors.push([name, await reader.read(name)]);
    return { tensors: Object.fromEntries(tensors), metadata: reader.metadata };
  } finally {
    await reader.close();
  }
}

/**
 * Loads the latest checkpoint of a folder, or that of a step.
 *
 * @returns `null` where there is none.
 * @throws {FileFormatError} Where the file is damaged.
 */
export async function loadCheckpoint<State = unknown>(
  folder: string,
  step?: number,
): Promise<Checkpoint<State> | null> {
  const steps = await listCheckpoints(folder);
  const chosen = step ?? steps.at(-1);
  if (chosen === undefined || !steps.includes(chosen)) return null;
  const { tensors, metadata } = await readAll(pathOf(folder, chosen));
  const text = Object.hasOwn(metadata, stateKey) ? metadata[stateKey] : undefined;
  if (text === undefined)
    throw new FileFormatError(`cannot load checkpoint ${chosen}, as it must have a state: it has none`);
  try {
    return { step: chosen, tensors, state: JSON.parse(text) as State };
  } catch (cause) {
    throw new FileFormatError(`cannot load checkpoint ${chosen}, as its state must be JSON: it is not`, { cause });
  }
}
