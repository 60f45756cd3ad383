import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient } from 'heed/client';
import config from '../heed.config.ts';
import { createApp } from './app.ts';
import { keepHeed } from './heed-keeper.ts';
import { createHeedRanker } from './heed-ranker.ts';
import { seed } from './importing.ts';
import { listen, readPort } from './listen.ts';
import type { Ranker } from './ranker.ts';
import { createRuleRanker } from './rule-ranker.ts';
import { openPaperStore } from './store/store.ts';
import type { PaperStore } from './store/store.ts';
import { queueIn } from './waiting.ts';

const usualPort = 4040;
const heedStartMs = 80_000;
const clock = Date.now;

/** Things to undo when the page ends, newest first. */
const undo: (() => Promise<void> | void)[] = [];
let stopping: Promise<void> | null = null;

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function openRanker(store: PaperStore, heedFolder: string | undefined): Promise<Ranker> {
  say('Starting Heed …');
  const configPath = fileURLToPath(new URL('../heed.config.ts', import.meta.url));
  const heed = keepHeed({
    config: configPath,
    folder: heedFolder,
    timeoutMs: heedStartMs,
    log: (line) => say(`heed: ${line}`),
  });
  undo.push(() => heed.stop());
  const url = await heed.url.catch((cause: unknown) => {
    throw new Error(`${sentenceOf(cause)}; "npm start -- --plain" shows the papers without it`, { cause });
  });
  const client = createClient<typeof config>({ url, fallbacks: config.loops, queue: queueIn(store) });
  await client.prepare();
  return createHeedRanker(client);
}

async function start(): Promise<void> {
  const port = readPort(process.env.HEED_PAPERS_PORT);
  const named = process.env.HEED_PAPERS_FOLDER || undefined;
  const folder = resolve(named ?? fileURLToPath(new URL('../.heed', import.meta.url)));
  mkdirSync(folder, { recursive: true });
  const store = openPaperStore(folder);
  undo.push(() => store.close());
  const seeded = seed(store, clock());
  if (seeded > 0) say(`${seeded} papers are there to start with.`);
  const plain = process.argv.includes('--plain');
  const ranker = plain ? createRuleRanker() : await openRanker(store, named === undefined ? undefined : folder);
  undo.push(() => ranker.close());
  const app = await createApp({ store, ranker, clock, newId: randomUUID, log: say });
  undo.push(() => app.close());
  const address = await listen(app, { port, usualPort });
  process.stdout.write(`Daily Papers: ${address}${plain ? ' (without Heed)' : ''}; Ctrl-C stops\n`);
}

function stop(): Promise<void> {
  stopping ??= (async () => {
    for (const step of undo.splice(0).toReversed()) await step();
  })();
  return stopping;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // The second time, whoever asks does not want to wait.
    if (stopping !== null) process.exit(130);
    void stop().then(() => process.exit(0));
  });
}

try {
  await start();
} catch (error) {
  // Whoever ended it while it was starting knows.
  if (stopping === null) {
    say(sentenceOf(error));
    process.exitCode = 1;
  }
  await stop();
  process.exit();
}
