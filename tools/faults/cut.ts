import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { compare, failuresIn } from './check.ts';
import { attempt, emptyLedger } from './load.ts';
import type { Kind } from './load.ts';
import { failuresOf } from './scenario.ts';
import type { Scenario } from './scenario.ts';
import { withServer } from './server.ts';
import { withFolder } from './workspace.ts';

/** A connection is cut when its answer, so after the commit, comes back; the same key then gives the row that is there. */
export const cut: Scenario = ({ quick, signal }) =>
  withFolder((folder) =>
    withServer(folder, async ({ url }) => {
      const proxy = await openCuttingProxy(Number(new URL(url).port));
      const ledger = emptyLedger();
      const ids: string[] = [];
      let brokenRequests = 0;
      async function cutThenRepeat(kind: Kind, key: string, body: object): Promise<void> {
        const broken = await attempt(proxy.url, kind, key, body);
        if (!('id' in broken)) brokenRequests += 1;
        const repeated = await attempt(url, kind, key, body);
        if (!('id' in repeated)) ledger.wrong.push(repeated.why);
        else {
          ledger.acknowledged[kind].set(key, repeated.id);
          if (kind === 'decision') ids.push(repeated.id);
        }
      }
      const rounds = quick ? 20 : 200;
      try {
        for (let round = 0; round < rounds; round += 1) {
          signal.throwIfAborted();
          const candidates = ['art', 'bread'].map((topic) => ({ item: topic, features: { topic } }));
          await cutThenRepeat('decision', `cut-${round}`, { context: { hour: round % 24 }, candidates });
          const judgement = { loop: 'front', decision: ids.at(-1), name: 'click' };
          await cutThenRepeat('feedback', `cut-${round}`, { feedback: [judgement] });
        }
      } finally {
        proxy.close();
      }
      const comparison = await compare(folder, ledger);
      return {
        figures: { ...comparison, cut: proxy.cuts(), broken: brokenRequests },
        failures: [
          ...failuresIn(comparison, ledger),
          ...failuresOf({
            'every request was cut off once': proxy.cuts() === 2 * rounds && brokenRequests === 2 * rounds,
            'every repeated request has one row': comparison.acknowledged === 2 * rounds,
          }),
        ],
      };
    }),
  );

interface CuttingProxy {
  readonly url: string;
  readonly cuts: () => number;
  readonly close: () => void;
}

/** Hands requests on to a port of this machine, and cuts the connection as soon as the answer begins to come. */
async function openCuttingProxy(port: number): Promise<CuttingProxy> {
  const open = new Set<Socket>();
  let cuts = 0;
  const proxy = createServer((client) => {
    const server = connect(port, '127.0.0.1');
    for (const socket of [client, server]) {
      open.add(socket);
      socket.on('error', () => undefined).on('close', () => open.delete(socket));
    }
    client.pipe(server);
    server.once('data', () => {
      cuts += 1;
      client.resetAndDestroy();
      server.destroy();
    });
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    cuts: () => cuts,
    close() {
      proxy.close();
      for (const socket of open) socket.destroy();
    },
  };
}
