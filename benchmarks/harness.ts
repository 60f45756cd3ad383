import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

/** What a benchmark was asked for. */
export interface BenchmarkOptions {
  /** Ends within 50 s once peers are installed. */
  readonly quick: boolean;
  /** The last line printed is one JSON object. */
  readonly json: boolean;
}

/** What a benchmark found. A ratio above 1: Heed is better. */
export interface BenchmarkResult {
  readonly name: string;
  /** By name, or by group and name. */
  readonly figures: Readonly<Record<string, number | Readonly<Record<string, number>>>>;
  readonly ratios: Readonly<Record<string, number>>;
  /** Peer → version. */
  readonly peers: Readonly<Record<string, string>>;
  /** Peer → why it could not be had. */
  readonly skipped: Readonly<Record<string, string>>;
}

export type PeerPython = { readonly python: string } | { readonly skipped: string };

const peersFolder = join(import.meta.dirname, 'peers');

/** Reads `--quick` and `--json`. */
export function readOptions(argv: readonly string[]): BenchmarkOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: { quick: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
  });
  return values;
}

/** Prints a result: a line per number, and with `json` the object as the last line. */
export function printResult(
  { figures, ratios, peers, skipped, ...rest }: BenchmarkResult,
  { json }: BenchmarkOptions,
): void {
  for (const [title, numbers] of Object.entries({ figures, ratios })) {
    console.log(`${title}:`);
    for (const [name, value] of Object.entries(numbers)) {
      const group = typeof value === 'number' ? { '': value } : value;
      for (const [inner, number] of Object.entries(group))
        console.log(`  ${[name, inner].join(' ').padEnd(48)} ${format(number)}`);
    }
  }
  for (const [peer, reason] of Object.entries(skipped)) console.log(`skipped ${peer}: ${reason}`);
  if (json) console.log(JSON.stringify({ ...rest, figures, ratios, peers, skipped }));
}

/**
 * The Python that has the peers: `HEED_PEERS_PYTHON`, else a virtual environment in `.cache`, made on first use: one for
 * all, but for peers so large that others should not have to wait for them.
 *
 * @param sizeText what the first installation costs, to be announced.
 * @param large the name of a list of large peers in `peers/`.
 */
export function findPeerPython(sizeText: string, large?: string): PeerPython {
  const given = process.env['HEED_PEERS_PYTHON'];
  if (given !== undefined && given !== '')
    return existsSync(given) ? { python: given } : { skipped: `HEED_PEERS_PYTHON must be a file: it is ${given}` };

  const requirements = join(peersFolder, `${large ?? 'requirements'}.txt`);
  const name = large === undefined ? 'peers' : `peers-${large}`;
  const folder = join(import.meta.dirname, '..', '.cache', name);
  const python = join(folder, 'bin', 'python');
  const mark = join(folder, 'installed');
  const wanted = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === wanted) return { python };

  console.log(`installing the Python peers into .cache/${name} once (${sizeText}) …`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const steps: readonly (readonly [string, readonly string[]])[] = [
    ['python3', ['-m', 'venv', folder]],
    [python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements]],
  ];
  for (const [command, parameters] of steps) {
    const { status, stderr, error } = spawnSync(command, parameters, { encoding: 'utf8', timeout: 900_000 });
    if (status !== 0)
      return {
        skipped: `${command} ${parameters[1] ?? ''} failed: ${error?.message ?? stderr.trim().split('\n').at(-1) ?? 'no reason given'}`,
      };
  }
  writeFileSync(mark, wanted);
  return { python };
}

/**
 * Runs a script of `peers/` and reads the JSON object that is its last line.
 * @throws Error with the script's own words where it fails.
 */
export function runPeer(
  python: string,
  script: string,
  parameters: readonly string[],
): Record<string, number | string> {
  const { status, stdout, stderr } = spawnSync(python, [join(peersFolder, script), ...parameters], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (status !== 0)
    throw new Error(`cannot run the peer ${script}, as it must end with 0: it ended with ${status}\n${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, number | string>;
}

/** The middle one of several measurements. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? NaN) + (sorted[Math.ceil(middle) - 1] ?? NaN)) / 2;
}

function format(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(4);
}
