import { median } from '../harness.ts';

/** Milliseconds of one call, by the clock and by the processor. */
export interface Timing {
  readonly ms: number;
  /** Of all threads together: what other processes take of the machine does not count. */
  readonly processorMs: number;
}

/** Makes so many calls one after the other, and tells what they took together. */
export type Contestant = (calls: number) => Promise<Timing>;

/** Times calls of this process. */
export const ownCalls =
  (call: () => Promise<unknown>): Contestant =>
  async (calls) => {
    const start = performance.now();
    const before = process.cpuUsage();
    for (let index = 0; index < calls; index += 1) await call();
    const { user, system } = process.cpuUsage(before);
    return { ms: performance.now() - start, processorMs: (user + system) / 1000 };
  };

export interface Interleaving {
  readonly rounds: number;
  /** About how long a block of calls of the first contestant takes. */
  readonly blockMs: number;
  /** What stands for all rounds; by default their median. */
  readonly summary?: (values: readonly number[]) => number;
}

/** Medians (or another summary) of contestants that take turns, block by block, so that a slow moment hits all of them. */
export async function interleave<Name extends string>(
  contestants: Readonly<Partial<Record<Name, Contestant>>>,
  { rounds, blockMs, summary = median }: Interleaving,
): Promise<Partial<Record<Name, Timing>>> {
  const entries = Object.entries(contestants) as [Name, Contestant][];
  let calls = 1;
  for (const [index, [, contestant]] of entries.entries()) {
    const { ms } = await contestant(1);
    if (index === 0) calls = Math.max(1, Math.round(blockMs / ms));
  }
  const timings = entries.map((): Timing[] => []);
  for (let round = 0; round < rounds; round += 1)
    for (const [index, [, contestant]] of entries.entries()) timings[index]?.push(await contestant(calls));
  const perCall = (index: number, pick: (timing: Timing) => number): number =>
    summary((timings[index] ?? []).map(pick)) / calls;
  return Object.fromEntries(
    entries.map(([name], index) => [
      name,
      { ms: perCall(index, ({ ms }) => ms), processorMs: perCall(index, ({ processorMs }) => processorMs) },
    ]),
  ) as Partial<Record<Name, Timing>>;
}
