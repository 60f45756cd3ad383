// What breaks, and what then must hold: `npm run test:faults [-- --quick] [--json] [--only NAME] [--seed TEXT]`.
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { clockSetBack } from './clock.ts';
import { cut } from './cut.ts';
import { diskFull } from './disk.ts';
import { disorder } from './disorder.ts';
import { kills } from './kills.ts';
import { powerCut } from './power.ts';
import { databaseRestarted } from './restart.ts';
import type { Scenario, ScenarioResult } from './scenario.ts';
import { workerKilled } from './worker.ts';

const scenarios: Readonly<Record<string, Scenario>> = {
  kills,
  databaseRestarted,
  cut,
  clockSetBack,
  disorder,
  workerKilled,
  powerCut,
  diskFull,
};

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    only: { type: 'string' },
    seed: { type: 'string', default: 'faults' },
  },
});
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort());

/** Restarts are slower where other programs take the cores: how many wanted one when this began. */
const figures: Record<string, number> = { loadAverage: loadavg()[0] ?? NaN };
const failures: string[] = [];
const skipped: Record<string, string> = {};
const started = performance.now();
for (const [name, run] of Object.entries(scenarios)) {
  if (interrupted.signal.aborted || (options.only ?? name) !== name) continue;
  say(name, 'begins');
  const result = await tried(name, run);
  keep(name, result);
}
console.log('figures:');
for (const [name, value] of Object.entries(figures)) console.log(`  ${name.padEnd(36)} ${Math.round(value * 10) / 10}`);
for (const [name, reason] of Object.entries(skipped)) console.log(`skipped ${name}: ${reason}`);
for (const failure of failures) console.log(`FAILED ${failure}`);
if (options.json) console.log(JSON.stringify({ name: 'faults', figures, failures, skipped }));
process.exitCode = interrupted.signal.aborted ? 130 : failures.length > 0 ? 1 : 0;

async function tried(name: string, run: Scenario): Promise<ScenarioResult> {
  const { quick, seed } = options;
  try {
    return await run({ quick, seed, signal: interrupted.signal, report: (line) => say(name, line) });
  } catch (error) {
    if (interrupted.signal.aborted) return { figures: {}, failures: ['interrupted'] };
    return { figures: {}, failures: [error instanceof Error ? (error.stack ?? error.message) : String(error)] };
  }
}

/** The figures of the kills keep their names, those of the other scenarios come under theirs; rows lost anywhere are added up. */
function keep(name: string, { figures: found, failures: wrong, skipped: reason }: ScenarioResult): void {
  for (const [title, value] of Object.entries(found)) {
    const total = title === 'lost' || title === 'duplicated' || title === 'acknowledged';
    if (name === 'kills' || total) figures[title] = (figures[title] ?? 0) + value;
    if (name !== 'kills') figures[`${name}${title[0]?.toUpperCase()}${title.slice(1)}`] = value;
  }
  failures.push(...wrong.map((failure) => `${name}: ${failure}`));
  if (reason !== undefined) skipped[name] = reason;
  say(name, reason === undefined ? (wrong.length === 0 ? 'holds' : `${wrong.length} failures`) : `skipped: ${reason}`);
}

function say(name: string, line: string): void {
  console.log(`${((performance.now() - started) / 1_000).toFixed(1).padStart(7)} s  ${name}: ${line}`);
}
