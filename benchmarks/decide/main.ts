import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPeerPython, median, printResult, readOptions, runPeer } from '../harness.ts';
import { meanReward, timeMemory, timeText } from './heed.ts';
import { writeProblem } from './problem.ts';
import type { ProblemFiles } from './problem.ts';

const options = readOptions(process.argv.slice(2));
const sizes = options.quick
  ? { examples: 5_000, memory: 2_000, repeats: 3, problems: 3 }
  : { examples: 20_000, memory: 4_000, repeats: 9, problems: 10 };
const folder = mkdtempSync(join(tmpdir(), 'heed-bench-decide-'));

try {
  const peer = findPeerPython('Vowpal Wabbit, about 35 MB on disk');
  const python = 'python' in peer ? peer.python : null;
  const figures: Record<string, number> = {};
  const ratios: Record<string, number> = {};
  const peers: Record<string, string> = {};

  const files = problemFiles(0);
  writeProblem(files, 'decide 0');
  // Turn by turn, so that what else the machine does meets both alike.
  const ours = { text: [] as number[], memory: [] as number[] };
  const theirs = { text: [] as number[], memory: [] as number[] };
  for (let turn = 0; turn < sizes.repeats; turn += 1) {
    ours.text.push(sizes.examples / timeText(files));
    ours.memory.push(sizes.memory / timeMemory(files, sizes.memory));
    if (python === null) continue;
    const { seconds, version } = runPeer(python, 'vowpal_wabbit.py', ['speed', files.text]);
    theirs.text.push(sizes.examples / Number(seconds));
    theirs.memory.push(
      sizes.memory /
        Number(runPeer(python, 'vowpal_wabbit.py', ['memory', files.text, String(sizes.memory)])['seconds']),
    );
    peers['vowpalwabbit'] = String(version);
  }
  figures['heedTextExamplesPerSecond'] = median(ours.text);
  figures['heedMemoryExamplesPerSecond'] = median(ours.memory);

  const rewards = { ours: [] as number[], theirs: [] as number[] };
  for (let problem = 0; problem < sizes.problems; problem += 1) {
    const at = problemFiles(problem);
    if (problem > 0) writeProblem(at, `decide ${problem}`);
    rewards.ours.push(meanReward(at, `heed ${problem}`));
    if (python !== null)
      rewards.theirs.push(
        Number(runPeer(python, 'vowpal_wabbit.py', ['reward', at.text, at.rewards, String(problem + 1)])['reward']),
      );
    rmSync(at.text);
  }
  figures['heedMeanReward'] = mean(rewards.ours);
  if (python !== null) {
    figures['peerTextExamplesPerSecond'] = median(theirs.text);
    figures['peerMemoryExamplesPerSecond'] = median(theirs.memory);
    figures['peerMeanReward'] = mean(rewards.theirs);
    ratios['speed'] = median(ours.text) / median(theirs.text);
    ratios['speedInMemory'] = median(ours.memory) / median(theirs.memory);
    ratios['reward'] = mean(rewards.ours) / mean(rewards.theirs);
  }
  printResult(
    { name: 'decide', figures, ratios, peers, skipped: 'skipped' in peer ? { vowpalwabbit: peer.skipped } : {} },
    options,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function problemFiles(index: number): ProblemFiles {
  return { text: join(folder, `${index}.txt`), rewards: join(folder, `${index}.rewards`), examples: sizes.examples };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
