import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { openReleases } from './testing-generations.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

/** Waits until something is as it should be. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200 && !(await holds()); tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 50));
}

test('that a generation which has ended earned less than the one before is told once, by whichever of two workers', async () => {
  const got: unknown[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      got.push(JSON.parse(body));
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(async () => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  const { heed, generation } = await openReleases(closers, [
    { url, secret: 'a secret of sixteen', events: ['generation'] },
  ]);
  const good = await generation(0.9, 250);
  const bad = await generation(0.1, 250);
  await generation(0.9, 250);
  const other = await heed.reopen();
  closers.push(() => other.close());
  const stop = new AbortController();
  const working = [heed, other].map((each) => each.work({ signal: stop.signal }));
  const reports = async () => (await heed.evaluations.list({ loop: 'page' })).rows;
  await until(async () => (await reports()).length > 0 && got.length > 0);
  // Time for the other one to tell it too, if it would.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  stop.abort();
  await Promise.all(working);
  const [report, ...more] = await reports();
  expect(more).toEqual([]);
  expect(report).toMatchObject({
    kind: 'generation',
    loop: 'page',
    artifact: bad,
    computedFrom: { decisions: 250, before: good },
    diagnostics: { degraded: true, oscillating: false },
    verdict: { outcome: 'degraded' },
  });
  expect(got).toEqual([
    {
      id: `generation-${bad}-degraded`,
      type: 'generation',
      loop: 'page',
      record: report?.id,
      happened: 'degraded',
    },
  ]);
});

test('generations that are good and bad in turn oscillate: it is found as soon as eight of them have rewards enough', async () => {
  const { heed, generation } = await openReleases(closers);
  const stop = new AbortController();
  const working = heed.work({ signal: stop.signal });
  const reports = async () => (await heed.evaluations.list({ loop: 'page' })).rows;
  for (let made = 1; made <= 10; made += 1) {
    await generation(made % 2 === 0 ? 0.05 : 0.95, 120);
    await until(async () => (await reports()).length === made);
  }
  stop.abort();
  await working;
  const found = (await reports()).toReversed().map(({ diagnostics, verdict }) => [diagnostics, verdict.outcome]);
  expect(found).toHaveLength(10);
  // The first was before any training, with hardly a reward; from the eighth with rewards enough on a pattern can be told.
  expect(found.slice(0, 8).map(([diagnostics]) => diagnostics)).not.toContainEqual(
    expect.objectContaining({ oscillating: true }),
  );
  expect(found.slice(8).map(([diagnostics]) => diagnostics)).toContainEqual(
    expect.objectContaining({ oscillating: true }),
  );
});
