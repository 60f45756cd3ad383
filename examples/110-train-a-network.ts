// Trains a network on numbers with a class: those of a CSV file (`node 110-train-a-network.ts FILE.csv`: the class, from
// 0, comes last in each row), or else on pictures of digits that are made here, each of 15 points under noise.
import { readFileSync } from 'node:fs';
import { applyMlp, categorical, createRuntime, foldIn, initMlp, key } from '@heed/compute';
import { loadTraining, mean, neg, normals, parameter, uniforms } from '@heed/compute';

const font = '75557 26227 71747 71717 55711 74717 74757 71111 75757 75717'; // five rows of three bits for each digit

/** The bits of a digit as numbers, blurred by noise, and what it is. */
function drawDigit(from: ReturnType<typeof key>): number[] {
  const digit = Math.floor(10 * (uniforms(foldIn(from, 0), 1)[0] ?? 0));
  const noise = normals(foldIn(from, 1), 15);
  const points = (font.split(' ')[digit] ?? '')
    .split('')
    .flatMap((row) => [4, 2, 1].map((bit) => (Number(row) & bit) / bit));
  return [...points.map((point, index) => point + 0.25 * (noise[index] ?? 0)), digit];
}

const file = process.argv[2];
const rows =
  file === undefined
    ? Array.from({ length: 2000 }, (_, index) => drawDigit(foldIn(key(1), index)))
    : readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map((line) => line.split(',').map(Number));
const cut = Math.floor(0.8 * rows.length);
const [width, classes] = [(rows[0]?.length ?? 1) - 1, 1 + Math.max(...rows.map((row) => row.at(-1) ?? 0))];
const numbersOf = (part: number[][]) => Float32Array.from(part.flatMap((row) => row.slice(0, width)));
const classesOf = (part: number[][]) => BigInt64Array.from(part, (row) => BigInt(row[width] ?? 0));
const [seen, unseen] = [rows.slice(0, cut), rows.slice(cut)];

// From here on: the training.
const runtime = createRuntime();
const training = await loadTraining(runtime, {
  values: initMlp(key(2), [width, 64, classes]),
  inputs: { x: parameter('x', [seen.length, width]), wanted: parameter('wanted', [seen.length], 'int64') },
  loss: (params, { x, wanted }) => neg(mean(categorical(applyMlp(params, x)).logProbability(wanted))),
  learningRate: 0.01,
});
const batch = { x: numbersOf(seen), wanted: classesOf(seen) };
for (let step = 0; step < 200; step += 1) await training.step(batch);
const scorer = await training.load({ x: parameter('x', [unseen.length, width]) }, (params, { x }) => ({
  guess: categorical(applyMlp(params, x)).mode(),
}));
const { guess = [] } = await scorer.run({ x: numbersOf(unseen) });
await runtime.close();

const right = classesOf(unseen).filter((wanted, index) => wanted === guess[index]).length / unseen.length;
console.log(`of ${unseen.length} rows never seen before, ${(100 * right).toFixed(1)} % are told right`);
if (file === undefined && right < 0.9) process.exitCode = 1;
