import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createTestDatabase } from '../store/testing.ts';

const packageFolder = fileURLToPath(new URL('../../', import.meta.url));
const swapWithinMs = 2_000;

const configuration = `
import { defineHeed } from 'heed';
import { z } from 'zod';
export default defineHeed({
  loops: {
    front: {
      context: z.object({ hour: z.number() }),
      candidate: z.object({ topic: z.string() }),
      action: { type: 'choice' },
      feedback: { click: { kind: 'reaction', reward: 1 } },
      reward: { range: [0, 1], final: 'feedback', missing: 'wait' },
      release: { promote: 'manual', everySignals: 50, everySeconds: 1 },
    },
  },
});
`;

const candidates = ['art', 'bread', 'chess', 'dance'].map((topic) => ({ item: topic, features: { topic } }));

test(
  '20 promotions and 5 roll-backs under load: every process swaps within 2 s, and no request fails',
  { timeout: 240_000 },
  async () => {
    const database = await createTestDatabase();
    await mkdir(join(packageFolder, '.heed'), { recursive: true });
    const folder = await mkdtemp(join(packageFolder, '.heed', 'swap-'));
    await writeFile(join(folder, 'heed.config.ts'), configuration);
    const processes: ChildProcess[] = [];

    async function start(...command: string[]): Promise<{ url: string }> {
      const child = spawn(
        process.execPath,
        [
          '--conditions=heed-source',
          join(packageFolder, 'src/cli/main.ts'),
          ...command,
          '--json',
          '--database',
          database.url,
        ],
        { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] },
      );
      processes.push(child);
      for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line) as { url: string };
      throw new Error(`heed ${command.join(' ')} ended before it was ready`);
    }

    async function call<Reply>(url: string, path: string, body?: object): Promise<Reply> {
      const response = await fetch(
        `${url}${path}`,
        body === undefined
          ? {}
          : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
      );
      if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
      return (await response.json()) as Reply;
    }

    const { url: first } = await start('serve', '--no-worker', '--port', '0');
    const { url: second } = await start('serve', '--no-worker', '--port', '0');
    await start('worker');
    const servers = [first, second];

    const loaded = new AbortController();
    let requests = 0;
    const failures: unknown[] = [];
    const named = new Set<string>();
    async function load(client: number): Promise<void> {
      const url = servers[client % 2] ?? first;
      while (!loaded.signal.aborted) {
        try {
          const reply = await call<{ decision: string; artifact: string; chosen: string[] }>(
            url,
            '/v1/loops/front/decide',
            { subject: `visitor-${client}`, context: { hour: client % 24 }, candidates },
          );
          named.add(reply.artifact);
          requests += 1;
          if (reply.chosen[0] === 'bread')
            await call(url, '/v1/feedback', { feedback: [{ loop: 'front', decision: reply.decision, name: 'click' }] });
        } catch (error) {
          failures.push(error);
        }
      }
    }
    const clients = Array.from({ length: 32 }, (_, client) => load(client));

    const serving = async (url: string): Promise<string> =>
      (
        await call<{ artifact: string }>(url, '/v1/loops/front/decide', {
          context: { hour: 0 },
          candidates,
          dryRun: true,
        })
      ).artifact;
    const swaps: number[] = [];
    async function expectServed(artifact: string): Promise<void> {
      const from = performance.now();
      for (const url of servers)
        while ((await serving(url)) !== artifact && performance.now() - from < 5 * swapWithinMs) await wait(20);
      swaps.push(performance.now() - from);
      for (const url of servers) expect(await serving(url)).toBe(artifact);
    }

    type Artifacts = { rows: { id: string }[] };
    const stored = async (): Promise<string[]> =>
      (await call<Artifacts>(first, '/v1/artifacts?loop=front&limit=100')).rows.map(({ id }) => id);
    while ((await stored()).length < 4) await wait(100);

    const history = [await serving(first)];
    const wentBack: boolean[] = [];
    for (let promotion = 0; promotion < 20; promotion += 1) {
      const known = (await stored()).filter((id) => id !== history.at(-1));
      const artifact = known[promotion % known.length] ?? '';
      await call(servers[promotion % 2] ?? first, `/v1/artifacts/${artifact}/promote`, {
        by: 'a test',
        why: `promotion ${promotion}`,
      });
      history.push(artifact);
      await expectServed(artifact);
      if (promotion % 4 === 3) {
        const { artifact: back } = await call<{ artifact: string }>(second, '/v1/loops/front/rollback', {
          by: 'a test',
          why: 'to go back',
        });
        wentBack.push(back !== artifact);
        history.push(back);
        await expectServed(back);
      }
    }
    loaded.abort();
    await Promise.all(clients);

    expect(failures).toEqual([]);
    expect(wentBack).toEqual([true, true, true, true, true]);
    expect(swaps).toHaveLength(25);
    expect(Math.max(...swaps)).toBeLessThan(swapWithinMs);
    expect(requests).toBeGreaterThan(200);
    const all = new Set(await stored());
    expect([...named].filter((id) => !all.has(id))).toEqual([]);
    expect(named.size).toBeGreaterThan(3);

    for (const child of processes) {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
    }
    await rm(folder, { recursive: true });
    await database.drop();
  },
);
