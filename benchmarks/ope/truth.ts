import { parseArgs } from 'node:util';
import { intervalMethods } from '../../packages/heed/src/evaluation/index.ts';
import { measureTruth } from '../../packages/heed/src/evaluation/testing/truth.ts';
import { worlds } from '../../packages/heed/src/evaluation/testing/worlds.ts';

/** Bias, coverage, width and verdicts over many logs of worlds in which the value of the policy is known. */
const { values } = parseArgs({
  options: { replications: { type: 'string', default: '1000' }, seed: { type: 'string', default: 'truth' } },
});
const replications = Number(values.replications);
const faults: string[] = [];

for (const world of worlds) {
  const truth = measureTruth(world, { replications, seed: values.seed, resamples: 400 });
  console.log(`${world.name}: value ${world.value.toFixed(4)}, ${replications} logs`);
  for (const [name, { meanError, biasZ, methods }] of Object.entries(truth)) {
    if (name === 'replay') continue;
    const cells = intervalMethods.map((method) => {
      const { coverage, width, doubted } = methods[method];
      const exact = method === 'bernstein' || method === 'sequence';
      if (coverage < (exact ? 0.95 : 0.925) && doubted < 0.9)
        faults.push(`${world.name}: ${name} ${method} under-covers and is trusted`);
      if (!world.broken && coverage >= 0.925 && (exact || coverage <= 0.975) && doubted > 0.05)
        faults.push(`${world.name}: ${name} ${method} covers and is doubted in ${(100 * doubted).toFixed(1)} %`);
      return `${method} ${(100 * coverage).toFixed(1)} % width ${width.toFixed(2)} doubted ${(100 * doubted).toFixed(1)} %`;
    });
    console.log(`  ${name.padEnd(15)} error ${meanError.toFixed(5)} (${biasZ.toFixed(1)} s.e.)  ${cells.join('  ')}`);
    if (!world.broken && (name === 'ips' || name === 'dr') && Math.abs(biasZ) > 3)
      faults.push(`${world.name}: ${name} is off by ${biasZ.toFixed(1)} standard errors`);
  }
}
console.log(faults.length === 0 ? 'everything as it must be' : faults.join('\n'));
process.exitCode = faults.length === 0 ? 0 : 1;
