import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestHeed } from '../loop/testing.ts';
import type { TestHeed } from '../loop/testing.ts';
import { errorCodes } from '../spec/index.ts';
import { personalizerError } from './personalizer/schemas.ts';
import { createServer } from './server.ts';
import { anyRequest } from './testing/any-request.ts';
import type { AnyRequest } from './testing/any-request.ts';
import { askAll, refusedEntirely } from './testing/asking.ts';
import type { Given } from './testing/asking.ts';
import { knownValues, learnRows } from './testing/known.ts';
import type { NamedRows } from './testing/known.ts';
import { plantEvents, plantRows, twoLoops } from './testing/planted.ts';
import type { LoopName } from './testing/planted.ts';
import { allScopes, keyHeaders, operationsOf } from './testing/keyed.ts';

/** `HEED_PROPERTY_REQUESTS=100000` (`npm run test:properties`) asks more. */
const requestCount = Number(process.env['HEED_PROPERTY_REQUESTS'] ?? 1_500);
const atOnce = 20;
const limitMs = Math.max(60_000, requestCount * 40);

/** Words that only rows of one loop hold: no request says them. */
const secrets = { greeting: 'quokka-of-greeting', page: 'numbat-of-page' } as const;

let heed: TestHeed<typeof twoLoops>;
let server: Awaited<ReturnType<typeof createServer>>;
let client: pg.Client;
let requests: fc.Arbitrary<AnyRequest>;
const rows: NamedRows = {
  decisions: [],
  feedback: [],
  episodes: [],
  artifacts: [],
  jobs: [],
  keys: [],
  tokens: [],
};
/** Whose key it is, by its header. */
const owners = new Map<string, LoopName | 'all'>();

beforeAll(async () => {
  heed = await openTestHeed(twoLoops);
  server = await createServer({ heed, keys: 'required', maxEventLoopDelayMs: 0 });
  await server.ready();
  client = new pg.Client({ connectionString: heed.url });
  await client.connect();
  const [ofGreeting, ofPage] = [await plantRows(heed, 'greeting', 'plain'), await plantRows(heed, 'page', 'plain')];
  for (const folder of Object.keys(rows) as (keyof NamedRows)[])
    rows[folder].push(...ofGreeting[folder], ...ofPage[folder]);
  const files: Buffer[] = [];
  for (const loop of ['greeting', 'page'] as const)
    for (const what of ['decisions', 'feedback', 'episodes', 'everything'] as const)
      for (const format of ['jsonl', 'parquet'] as const)
        files.push(Buffer.from(await heed.exportRows(format, what, { loop })));
  for (const loop of ['greeting', 'page'] as const) {
    await plantRows(heed, loop, secrets[loop]);
    owners.set((await keyHeaders(heed, allScopes, [loop])).authorization, loop);
  }
  const operator = await keyHeaders(heed);
  owners.set(operator.authorization, 'all');
  await plantEvents(server, operator);
  const weak = (await keyHeaders(heed, ['feedback'], ['greeting'])).authorization;
  owners.set(weak, 'greeting');
  const [ours = '', theirs = '', all = ''] = owners.keys();
  const often = [ours, ours, ours, theirs, theirs, theirs, all, all, all];
  requests = anyRequest(
    server,
    knownValues(rows),
    [...often, ...often, ...often, weak, '', 'Bearer x', 'Basic eDp4', 'Bearer'],
    files,
  );
});
afterAll(async () => {
  await client.end();
  await server.close();
  await heed.close();
});

/** Rows of every table, but of the audit, which tells of refused requests too. */
async function countRows(): Promise<Record<string, number>> {
  const { rows: tables } = await client.query<{ name: string }>(
    `select relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'heed' and c.relkind in ('r', 'p') and not c.relispartition and relname <> 'audit' order by 1`,
  );
  const counts = await client.query<Record<string, string>>(
    `select ${tables.map(({ name }) => `(select count(*) from heed."${name}") as "${name}"`).join(', ')}`,
  );
  return Object.fromEntries(Object.entries(counts.rows[0] ?? {}).map(([name, count]) => [name, Number(count)]));
}

interface RefusedAgain {
  readonly refused: readonly AnyRequest[];
  readonly before: Record<string, number>;
  readonly after: Record<string, number>;
}

/** Asks again, alone, for what was refused: what comes of it is then theirs. Where something is taken after all, the rest is asked once more. */
async function refuseAgain(answers: readonly Given[]): Promise<RefusedAgain> {
  const refused = answers.filter(refusedEntirely).map(({ asked }) => asked);
  const before = await countRows();
  const again = await askAll(server, refused);
  const after = await countRows();
  return again.every(refusedEntirely) ? { refused, before, after } : refuseAgain(again);
}

function isPersonalizerError(text: string): boolean {
  const { success, data } = personalizerError.safeParse(JSON.parse(text));
  return success && Object.hasOwn(errorCodes, data.error.innerError.code);
}

/** What is wrong with an answer, in words; `null`: nothing. */
function faultOf({ asked, status, type, text }: Given): string | null {
  const at = `${asked.method} ${asked.url.slice(0, 300)} (${asked.operation}) answers ${status} ${text.slice(0, 300)}`;
  const owner = owners.get(asked.headers['authorization'] ?? '');
  for (const [loop, secret] of Object.entries(secrets))
    if (owner !== 'all' && owner !== loop && text.includes(secret)) return `${at}: it holds ${secret}`;
  if (status >= 500 && status !== 503 && status !== 507) return at;
  if (status < 400 || asked.method === 'HEAD') return null;
  // A path of Personalizer's that is no route, or is asked in another way, is answered as every other one.
  if (asked.operation.startsWith('personalizer') && type === 'application/json')
    return isPersonalizerError(text) ? null : `${at}: no error of Personalizer's`;
  if (type !== 'application/problem+json') return `${at}: of type ${type}`;
  const problem = JSON.parse(text) as { [field: string]: unknown };
  const known = Object.hasOwn(errorCodes, String(problem['code']));
  const whole =
    problem['type'] === `urn:heed:problem:${String(problem['code'])}` &&
    problem['status'] === status &&
    typeof problem['title'] === 'string' &&
    typeof problem['detail'] === 'string';
  return known && whole ? null : `${at}: no problem that the document knows`;
}

test(
  `${requestCount} requests of every kind to every route: answers are whole, tell nothing of others, and refusals leave no row`,
  async () => {
    const seen = new Map<string, Set<number>>();
    let refusedAgain = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(requests, { minLength: atOnce, maxLength: atOnce }), async (asked) => {
        const answers = await askAll(server, asked);
        for (const {
          asked: { operation },
          status,
        } of answers)
          seen.set(operation, (seen.get(operation) ?? new Set()).add(status));
        expect(answers.flatMap((answer) => faultOf(answer) ?? [])).toEqual([]);
        learnRows(rows, answers);
        const { refused, before, after } = await refuseAgain(answers);
        expect({ refused: refused.map(({ operation, url }) => [operation, url]), after }).toMatchObject({
          after: before,
        });
        refusedAgain += refused.length;
      }),
      { numRuns: Math.ceil(requestCount / atOnce), endOnFailure: true },
    );
    const operations = operationsOf(server).map(({ operationId }) => operationId);
    expect(operations.filter((operation) => !seen.has(operation))).toEqual([]);
    // Every route refuses something; nearly all of them took something, so that the requests are not all alike.
    const taken = operations.filter((operation) => [...(seen.get(operation) ?? [])].some((status) => status < 400));
    expect(taken.length).toBeGreaterThan(operations.length * 0.8);
    expect(refusedAgain).toBeGreaterThan(requestCount / 5);
    if (process.env['HEED_PROPERTY_REQUESTS'] !== undefined) {
      const never = operations.filter((operation) => !taken.includes(operation));
      console.log(
        `refused twice: ${refusedAgain}; rows: ${JSON.stringify(await countRows())}; never taken: ${never.join(' ')}`,
      );
    }
  },
  limitMs,
);

test('a key of its own loop is shown the secret, so that its absence elsewhere says something', async () => {
  for (const [authorization, owner] of owners) {
    const answers = await Promise.all(
      ['decisions', 'feedback', 'episodes', 'keys', 'audit'].map((folder) =>
        server.inject({ url: `/v1/${folder}?limit=1000`, headers: { authorization } }),
      ),
    );
    const text = answers.map(({ payload }) => payload).join('');
    const shown = Object.entries(secrets)
      .filter(([, secret]) => text.includes(secret))
      .map(([loop]) => loop);
    const scoped = answers.some(({ statusCode }) => statusCode === 200);
    expect(shown).toEqual(!scoped ? [] : owner === 'all' ? ['greeting', 'page'] : [owner]);
  }
});
