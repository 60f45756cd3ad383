import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEvaluation } from '../../packages/heed/src/evaluation/index.ts';
import type { EstimatorChoice, EvaluationResult, IntervalMethod } from '../../packages/heed/src/evaluation/index.ts';
import { findPeerPython, median, printResult, readOptions, runPeer } from '../harness.ts';
import { chunkOf, makeLog, writeLog } from './log.ts';
import type { BenchmarkLog } from './log.ts';

/** `--stream`: the file of lines alone. */
const alone = process.argv.includes('--stream');
const options = readOptions(process.argv.slice(2).filter((each) => each !== '--stream'));
const actions = 10;
const rows = options.quick ? 100_000 : 1_000_000;
const resamples = options.quick ? 50 : 100;
const streamed = options.quick ? 300_000 : 10_000_000;
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

function evaluate(log: BenchmarkLog, intervals: readonly IntervalMethod[]): EvaluationResult {
  const evaluation = createEvaluation({ estimators: [...fixed, ...chosen], intervals, resamples });
  for (let from = 0; from < log.rows; from += chunkRows)
    evaluation.add(chunkOf(log, from, Math.min(from + chunkRows, log.rows)));
  return evaluation.finish();
}

interface Seconds {
  readonly wall: number;
  /** Of all threads: what the machine did besides is not in it. */
  readonly processor: number;
}

function secondsOf(work: () => unknown): Seconds {
  const start = performance.now();
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return { wall: (performance.now() - start) / 1_000, processor: (user + system) / 1e6 };
}

function medianOf(turns: readonly Seconds[]): Seconds {
  return { wall: median(turns.map(({ wall }) => wall)), processor: median(turns.map(({ processor }) => processor)) };
}

const figures: Record<string, number | Record<string, number>> = { stream: stream(streamed) };
const ratios: Record<string, number> = {};
const peers: Record<string, string> = {};
const skipped: Record<string, string> = {};
if (alone) skipped['obp'] = 'only the stream was asked for';
else besidePeer();
printResult({ name: 'ope', figures, ratios, peers, skipped }, options);

/** A process of its own, whose memory is that of the stream alone. */
function stream(count: number): Record<string, number> {
  const script = join(import.meta.dirname, 'stream', 'main.ts');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...process.execArgv, script, '--rows', String(count)],
    {
      encoding: 'utf8',
    },
  );
  if (status !== 0)
    throw new Error(`cannot stream ${count} rows, as it must end with 0: it ended with ${status}\n${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, number>;
}

/** The same log by both, in turns of ours first; theirs in a process of its own. */
function besidePeer(): void {
  const log = makeLog(rows, actions);
  evaluate({ ...log, rows: Math.min(rows, 50_000) }, ['bootstrap']);
  const points: Seconds[] = [];
  const intervals: Seconds[] = [];
  for (let turn = 0; turn < 3; turn += 1) {
    points.push(secondsOf(() => evaluate(log, [])));
    intervals.push(secondsOf(() => evaluate(log, ['bootstrap'])));
  }
  const ours = {
    result: evaluate(log, ['bootstrap']),
    point: medianOf(points),
    interval: medianOf(intervals),
    megabytes: process.resourceUsage().maxRSS / 1_024,
  };
  Object.assign(figures, {
    rows,
    resamples,
    heedSeconds: { ...ours.point },
    heedIntervalSeconds: { ...ours.interval },
    heedMegabytes: ours.megabytes,
  });
  const peer = findPeerPython('Open Bandit Pipeline with NumPy, SciPy and scikit-learn, about 600 MB on disk', 'ope');
  if ('skipped' in peer) {
    skipped['obp'] = peer.skipped;
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'heed-bench-ope-'));
  try {
    writeLog(folder, log);
    compare(peer.python, folder, ours);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Ours {
  readonly result: EvaluationResult;
  readonly point: Seconds;
  readonly interval: Seconds;
  readonly megabytes: number;
}

function compare(python: string, folder: string, ours: Ours): void {
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
  const theirs = runPeer(python, 'obp_ope.py', ['estimate', folder, ...[rows, actions, resamples].map(String)]);
  const values = JSON.parse(String(theirs['values'])) as Record<string, number>;
  const widths = JSON.parse(String(theirs['widths'])) as Record<string, number>;
  peers['obp'] = String(theirs['version']);
  const point = { wall: Number(theirs['seconds']), processor: Number(theirs['processorSeconds']) };
  const interval = {
    wall: Number(theirs['intervalSeconds']),
    processor: Number(theirs['intervalProcessorSeconds']),
  };
  const megabytes = Number(theirs['megabytes']);
  let [largest, width] = [0, 0];
  for (const [index, { name, value, own }] of ours.result.estimates.entries()) {
    const key = index < fixed.length ? name : `${name} slope`;
    largest = Math.max(largest, Math.abs(value - (values[key] ?? NaN)));
    if (own.bootstrap !== null)
      width = Math.max(width, Math.abs((own.bootstrap.upper - own.bootstrap.lower) / (widths[key] ?? NaN) - 1));
  }
  Object.assign(figures, {
    peerSeconds: point,
    peerIntervalSeconds: interval,
    peerMegabytes: megabytes,
    largestDifference: largest,
    largestWidthDifference: width,
  });
  Object.assign(ratios, {
    speed: point.wall / ours.point.wall,
    intervalSpeed: interval.wall / ours.interval.wall,
    processorSpeed: point.processor / ours.point.processor,
    processorIntervalSpeed: interval.processor / ours.interval.processor,
    memory: megabytes / ours.megabytes,
  });
}
