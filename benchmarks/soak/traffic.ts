import { Agent, request } from 'node:http';
import { callsOf } from '../serving/bodies.ts';

export interface Traffic {
  /** How long each answer since the last call took, in ms. */
  takeLatencies(): number[];
  /** Requests that were not answered with 2xx, so far. */
  failed(): number;
  /** Resolves once what is under way is answered. */
  stop(): Promise<void>;
}

const sockets = 16;
const tickMs = 20;
/** Decisions that feedback may still judge. */
const mostIds = 1_000;

/** Sends so many requests in a second, whatever the server makes of it: two decisions by items, one inline, and one feedback in turn. */
export function sendTraffic(url: string, perSecond: number): Traffic {
  const agent = new Agent({ keepAlive: true, maxSockets: sockets });
  const ids: string[] = [];
  const registered = callsOf('registered', 'soak registered', []);
  const inline = callsOf('inline', 'soak inline', []);
  const feedback = callsOf('feedback', 'soak feedback', ids);
  const turns = [registered, inline, registered, feedback];
  const underWay = new Set<Promise<void>>();
  let latencies: number[] = [];
  let sent = 0;
  let failed = 0;
  const started = performance.now();

  async function ask(): Promise<void> {
    const turn = turns[sent % turns.length] ?? registered;
    sent += 1;
    const { path, next } = turn === feedback && ids.length === 0 ? registered : turn;
    const before = performance.now();
    try {
      const { status, text } = await post(agent, new URL(path, url), next());
      if (status >= 300 || text.includes('"refused"')) failed += 1;
      else if (path.endsWith('/decide')) ids.push((JSON.parse(text) as { decision: string }).decision);
      if (ids.length > mostIds) ids.splice(0, 1);
    } catch {
      failed += 1;
    }
    latencies.push(performance.now() - before);
  }

  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - started) / 1_000) * perSecond);
    while (sent < due) {
      const asked = ask();
      underWay.add(asked);
      void asked.then(() => underWay.delete(asked));
    }
  }, tickMs);

  return {
    takeLatencies() {
      const taken = latencies;
      latencies = [];
      return taken;
    },
    failed: () => failed,
    async stop() {
      clearInterval(timer);
      await Promise.all(underWay);
      agent.destroy();
    },
  };
}

function post(agent: Agent, url: URL, body: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const asked = request(url, { method: 'POST', agent, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => (text += part));
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, text })).once('error', reject);
    });
    asked.once('error', reject).end(body);
  });
}
