import { createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { evaluateFile } from '../../../packages/heed/src/loop/evaluate/index.ts';
import { createRandom } from '../../../packages/heed/src/math/index.ts';

/** Evaluates a file of lines, each with an id and one of a million subjects: how long that takes, and in how much memory. */
const { values } = parseArgs({ options: { rows: { type: 'string', default: '10000000' } } });
const rows = Number(values.rows);
const folder = mkdtempSync(join(tmpdir(), 'heed-stream-'));
const path = join(folder, 'log.jsonl');

/** Writes a log of two actions, the rare one of which is the better. */
async function writeLog(): Promise<void> {
  const random = createRandom('bench ope stream');
  const file = createWriteStream(path);
  for (let from = 0; from < rows; from += 10_000) {
    const lines: string[] = [];
    for (let row = from; row < Math.min(rows, from + 10_000); row += 1) {
      const rare = random.uniform() < 0.2;
      const reward = random.uniform() < (rare ? 0.6 : 0.3) ? 1 : 0;
      const subject = Math.floor(random.uniform() * 1_000_000);
      lines.push(
        `{"id":"row ${row}","subject":"subject ${subject}","reward":${reward},"probability":${rare ? 0.2 : 0.8},"target":0.5,"prediction":${rare ? 0.5 : 0.4},"expectation":0.45}\n`,
      );
    }
    if (!file.write(lines.join(''))) await once(file, 'drain');
  }
  file.end();
  await finished(file);
}

try {
  await writeLog();
  const start = performance.now();
  const cpu = process.cpuUsage();
  const { result } = await evaluateFile('jsonl', path, { rewardRange: [0, 1], leastProbability: 0.2 });
  const used = process.cpuUsage(cpu);
  const seconds = (performance.now() - start) / 1_000;
  console.log(
    JSON.stringify({
      rows: result.count,
      fileMegabytes: Math.round(statSync(path).size / 1e6),
      seconds,
      rowsPerSecond: Math.round(result.count / seconds),
      processorSeconds: Math.round((used.user + used.system) / 1e6),
      megabytes: Math.round(process.resourceUsage().maxRSS / 1_024),
      clusters: result.clusters,
      dr: result.estimates.find(({ name }) => name === 'dr')?.value,
    }),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
