import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEvaluation } from '../../packages/heed/src/evaluation/index.ts';
import type { EstimatorChoice, EvaluationResult, IntervalMethod } from '../../packages/heed/src/evaluation/index.ts';
import { findPeerPython, median, printResult, readOptions, runPeer } from '../harness.ts';
import { chunkOf, makeLog, writeLog } from './log.ts';
import type { BenchmarkLog } from './log.ts';

const options = readOptions(process.argv.slice(2));
const actions = 10;
const rows = options.quick ? 100_000 : 1_000_000;
const resamples = options.quick ? 50 : 100;
const streamed = options.quick ? 1_000_000 : 10_000_000;
const chunkRows = 8_192;

const fixed: readonly EstimatorChoice[] = [
  { name: 'replay' },
  { name: 'ips' },
  { name: 'snips' },
  { name: 'clippedIps', parameter: 2 },
  { name: 'dm' },
  { name: 'dr' },
  { name: 'sndr' },
  { name: 'switchDr', parameter: 2 },
  { name: 'shrunkDr', parameter: 10 },
  { name: 'subGaussianIps', parameter: 0.1 },
  { name: 'subGaussianDr', parameter: 0.1 },
  { name: 'balancedIps' },
];
/** Chosen by SLOPE. */
const chosen: readonly EstimatorChoice[] = [
  { name: 'clippedIps', among: [1, 2, 5] },
  { name: 'shrunkDr', among: [1, 10, 100] },
];

function evaluate(log: BenchmarkLog, intervals: readonly IntervalMethod[], repeats = 1): EvaluationResult {
  const evaluation = createEvaluation({ estimators: [...fixed, ...chosen], intervals, resamples });
  for (let repeat = 0; repeat < repeats; repeat += 1)
    for (let from = 0; from < log.rows; from += chunkRows)
      evaluation.add(chunkOf(log, from, Math.min(from + chunkRows, log.rows)));
  return evaluation.finish();
}

function seconds(work: () => unknown): number {
  const start = performance.now();
  work();
  return (performance.now() - start) / 1_000;
}

const log = makeLog(rows, actions);
evaluate(chunkless(log), ['bootstrap']);
const point: number[] = [];
const interval: number[] = [];
for (let turn = 0; turn < 3; turn += 1) {
  point.push(seconds(() => evaluate(log, [])));
  interval.push(seconds(() => evaluate(log, ['bootstrap'])));
}
const ours = evaluate(log, ['bootstrap']);
const figures: Record<string, number> = {
  rows,
  resamples,
  heedSeconds: median(point),
  heedIntervalSeconds: median(interval),
};
const ratios: Record<string, number> = {};
const peers: Record<string, string> = {};
const skipped: Record<string, string> = {};
figures['streamedRows'] = streamed;
figures['streamedSeconds'] = seconds(() => evaluate(log, ['student'], streamed / rows));
figures['heedMegabytes'] = process.resourceUsage().maxRSS / 1_024;

const peer = findPeerPython('Open Bandit Pipeline with NumPy, SciPy and scikit-learn, about 600 MB on disk', 'ope');
const folder = mkdtempSync(join(tmpdir(), 'heed-bench-ope-'));
try {
  if ('skipped' in peer) skipped['obp'] = peer.skipped;
  else compare(peer.python);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
printResult({ name: 'ope', figures, ratios, peers, skipped }, options);

function compare(python: string): void {
  const parameters = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--no-deps',
    '--ignore-requires-python',
    'obp==0.5.7',
    'pyieoe',
  ];
  const { status } = spawnSync(python, parameters, { timeout: 300_000 });
  if (status !== 0) {
    skipped['obp'] = `pip ended with ${status}`;
    return;
  }
  writeLog(folder, log);
  const theirs = runPeer(python, 'obp_ope.py', ['estimate', folder, ...[rows, actions, resamples].map(String)]);
  const values = JSON.parse(String(theirs['values'])) as Record<string, number>;
  const widths = JSON.parse(String(theirs['widths'])) as Record<string, number>;
  peers['obp'] = String(theirs['version']);
  figures['peerSeconds'] = Number(theirs['seconds']);
  figures['peerIntervalSeconds'] = Number(theirs['intervalSeconds']);
  figures['peerMegabytes'] = Number(theirs['megabytes']);
  let [largest, width] = [0, 0];
  for (const [index, { name, value, own }] of ours.estimates.entries()) {
    const key = index < fixed.length ? name : `${name} slope`;
    largest = Math.max(largest, Math.abs(value - (values[key] ?? NaN)));
    if (own.bootstrap !== null)
      width = Math.max(width, Math.abs((own.bootstrap.upper - own.bootstrap.lower) / (widths[key] ?? NaN) - 1));
  }
  figures['largestDifference'] = largest;
  figures['largestWidthDifference'] = width;
  ratios['speed'] = figures['peerSeconds'] / median(point);
  ratios['intervalSpeed'] = figures['peerIntervalSeconds'] / median(interval);
  ratios['memory'] = figures['peerMegabytes'] / (figures['heedMegabytes'] ?? NaN);
}

/** The first rows alone, to warm up. */
function chunkless(whole: BenchmarkLog): BenchmarkLog {
  return { ...whole, rows: Math.min(whole.rows, 50_000) };
}
