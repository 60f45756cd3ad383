import { createHash } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHeed } from 'heed';
import type { HeedConfig } from 'heed';
import { createClient } from 'heed/client';
import { serve } from 'heed/serving';
import type { Browser } from 'playwright-core';
import config from '../../../heed.config.ts';
import { createApp } from '../../app.ts';
import { createHeedRanker } from '../../heed-ranker.ts';
import { importText, seed as seedSample } from '../../importing.ts';
import { trendingFirst } from '../../orders.ts';
import type { Ranker } from '../../ranker.ts';
import { openPaperStore } from '../../store/store.ts';
import type { PaperStore } from '../../store/store.ts';
import { chance, readAndReact } from './scripted-reader.ts';
import topicWords from './topics.json' with { type: 'json' };

/** What is taken away from the app to see that the study notices. */
export type Ablation = 'none' | 'learning off' | 'random papers' | 'no subject crosses';

export interface StudyOptions {
  readonly seed: number;
  readonly browser: Browser;
  readonly ablation?: Ablation | undefined;
}

/** How often a topic's papers come how far up: mean of 1 / rank over its papers and 200 rehearsed lists. */
export interface StudyResult {
  readonly topic: string;
  readonly papers: number;
  readonly reactions: number;
  readonly before: number;
  readonly after: number;
  readonly otherBefore: number;
  readonly otherAfter: number;
  /** Papers on the topic that were imported after the last reaction, for this reader and for one who never said anything. */
  readonly newForReader: number;
  readonly newForStranger: number;
}

const reactions = 50;
const rehearsals = 200;
const topics = Object.entries(topicWords.topics);

/** One reader, one topic, fifty reactions in a browser, and what became of the order. */
export async function study({ seed, browser, ablation = 'none' }: StudyOptions): Promise<StudyResult> {
  const [topic, words] = topics[seed % topics.length] ?? ['', []];
  const folder = await mkdtemp(join(tmpdir(), 'papers-study-'));
  // Where tests run as root, the embedded server runs as another user, who must reach its data.
  await chmod(folder, 0o755);
  let drawn = 0;
  const newSeed = (): string =>
    createHash('sha256')
      .update(`${seed}:${(drawn += 1)}`)
      .digest('hex')
      .slice(0, 16);
  const heed = await createHeed(configured(ablation), { folder, newSeed });
  const server = await serve({ heed, port: 0 });
  const client = createClient<typeof config>({ url: server.url, fallbacks: config.loops, deadlineMs: 10_000 });
  await client.prepare();
  const ranker = createHeedRanker(client);
  const store = openPaperStore(null);
  const now = Date.UTC(2026, 0, 7, 9);
  seedSample(store, now);
  importText(store, await page('../../import/fixtures/invented-page.txt'), { featuredOn: null, now });
  const reader = `reader-${seed}`;
  let ids = 0;
  const app = await createApp({
    store,
    ranker,
    clock: () => now,
    newId: () => (ids++ === 0 ? reader : `visitor-${ids}`),
  });
  const isOnTopic = (title: string): boolean => words.some((word) => title.toLowerCase().includes(word));
  try {
    const address = await app.listen({ host: '127.0.0.1', port: 0 });
    const onTopic = idsOf(store, isOnTopic);
    const before = await closeness(ranker, store, reader, onTopic, now);
    const otherBefore = await closeness(ranker, store, 'other', onTopic, now);

    const random = chance(`study ${seed}`);
    const said = await readAndReact(browser, address, {
      isOnTopic,
      reactions,
      random,
      misplaced: ablation === 'random papers',
      // What a worker does all the time happens between visits here, so that a seed gives the same study again.
      betweenVisits: async () => {
        if (ablation !== 'learning off') await heed.derive();
      },
    });

    const after = await closeness(ranker, store, reader, onTopic, now);
    const otherAfter = await closeness(ranker, store, 'other', onTopic, now);
    importText(store, await page('./new-papers.txt'), { featuredOn: null, now });
    const isNew = new Set(onTopic);
    const fresh = idsOf(store, isOnTopic).filter((id) => !isNew.has(id));
    return {
      topic,
      papers: onTopic.length,
      reactions: said,
      before,
      after,
      otherBefore,
      otherAfter,
      newForReader: await closeness(ranker, store, reader, fresh, now),
      newForStranger: await closeness(ranker, store, 'stranger', fresh, now),
    };
  } finally {
    await app.close();
    await ranker.close();
    await server.close();
    await heed.close();
    store.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function configured(ablation: Ablation): HeedConfig {
  if (ablation !== 'no subject crosses') return config;
  const { papers } = config.loops;
  return {
    loops: {
      papers: { ...papers, learner: { ...papers.learner, options: { ...papers.learner.options, subject: null } } },
    },
  };
}

function page(path: string): Promise<string> {
  return readFile(new URL(path, import.meta.url), 'utf8');
}

function idsOf(store: PaperStore, isOnTopic: (title: string) => boolean): string[] {
  return store
    .papers({ most: 500 })
    .filter(({ title }) => isOnTopic(title))
    .map(({ id }) => id);
}

/** Mean of 1 / rank of these papers over rehearsed lists; a paper that a list leaves out counts 0. */
async function closeness(
  ranker: Ranker,
  store: PaperStore,
  reader: string,
  ids: readonly string[],
  now: number,
): Promise<number> {
  const papers = trendingFirst(store.papers({ most: 500 }), now);
  let sum = 0;
  for (let rehearsal = 0; rehearsal < rehearsals; rehearsal += 1) {
    const { order, by } = await ranker.rank({ reader, papers, surface: 'all', now }, { rehearsal: true });
    if (by !== 'policy') throw new Error(`a rehearsed list must come from the policy: it comes from the ${by}`);
    for (const id of ids) {
      const place = order.indexOf(id);
      if (place >= 0) sum += 1 / (place + 1);
    }
  }
  return sum / (rehearsals * ids.length);
}
