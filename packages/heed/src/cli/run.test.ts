import { expect, test } from 'vitest';
import { runHere } from './testing.ts';

const heed = (...parameters: string[]) => runHere(parameters);

const commands = [
  'init',
  'serve',
  'worker',
  'loops',
  'decisions',
  'feedback',
  'items',
  'subjects',
  'train',
  'artifacts',
  'evaluate',
  'evaluations',
  'generations',
  'promote',
  'rollback',
  'releases',
  'experiments',
  'keys',
  'audit',
  'webhooks',
  'import',
  'export',
  'move',
  'backup',
  'restore',
  'doctor',
  'graph',
  'papers',
];

test('the program names all its commands', async () => {
  const { code, out, err } = await heed('--help');
  expect([code, err]).toEqual([0, '']);
  expect([...out.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name)).toEqual(commands);
});

test.each([
  ...commands,
  'decisions show',
  'decisions explain',
  'decisions replay',
  'feedback give',
  'artifacts show',
  'releases abort',
  'experiments start',
])('%s --help', async (name) => {
  const { code, out } = await heed(...name.split(' '), '--help');
  expect(code).toBe(0);
  expect(out).toContain(`Usage: heed ${name}`);
});

test.each([
  [['dance'], "unknown command 'dance'"],
  [['train'], "missing required argument 'loop'"],
  [['serve', '--port', 'many'], 'It must be a whole number from 0 to 65535.'],
  [['decisions', '--limit', '0'], 'It must be a whole number from 1 to 1000.'],
  [['export', '--what', 'nothing', '--out', 'x.jsonl'], 'Allowed choices are decisions, feedback, signals,'],
  [['decisions', 'replay'], 'either a decision or --last must be given'],
  [['evaluate'], 'say what to evaluate: a file, --loop or --artifact'],
  [['evaluate', '--loop', 'a', '--skip-bad-rows'], 'leave --format and --skip-bad-rows out'],
  [['evaluate', '--loop', 'a', '--reward-range', '0,1'], 'leave --reward-range out'],
  [['evaluate', 'log.jsonl', '--from', '2026-01-01'], 'leave --from and --to out'],
  [['evaluate', 'log.jsonl', '--loop', 'a', '--server', 'http://127.0.0.1:1'], 'leave --server out'],
  [['evaluate', 'log.jsonl', '--estimators', 'magic'], 'There is no magic: there are replay, ips,'],
  [['import', 'table.csv'], 'its name must end in .jsonl or .parquet'],
  [['import', 'log.vw', '--format', 'vw'], '--loop must name its loop'],
])('%j makes no sense', async (parameters, sentence) => {
  const { code, out, err } = await heed(...parameters);
  expect(err).toContain(sentence);
  expect([code, out]).toEqual([2, '']);
});

test('with --json the failure alone is on standard output', async () => {
  const usage = await heed('train', '--json');
  expect([usage.code, JSON.parse(usage.out)]).toMatchObject([2, { error: { code: 'usage' } }]);
  const failure = await heed('loops', '--json', '--config', 'nowhere.ts');
  expect(failure.code).toBe(1);
  expect(JSON.parse(failure.out)).toEqual({
    error: { code: 'not-found', message: 'cannot load the configuration, as /nowhere.ts must exist: it does not' },
  });
});

test('the stack of an error is for --debug', async () => {
  const [plain, debug] = [
    await heed('loops', '--config', 'nowhere.ts'),
    await heed('loops', '--debug', '--config', 'nowhere.ts'),
  ];
  expect(plain.err).toBe('heed: cannot load the configuration, as /nowhere.ts must exist: it does not [not-found]\n');
  expect(debug.err).toContain('\n    at ');
});

test('an interrupted command ends with 130', async () => {
  expect(await runHere(['doctor', '--config', 'nowhere.ts'], { interrupted: AbortSignal.abort() })).toEqual({
    code: 130,
    out: '',
    err: 'interrupted\n',
  });
});
