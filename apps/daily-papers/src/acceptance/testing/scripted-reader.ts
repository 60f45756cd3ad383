import { createHash } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';

/** Reactions before the page is loaded anew. */
const reactionsPerVisit = 10;
const mostVisits = 30;

export interface ReaderOptions {
  /** What the reader cares for, told by a paper's title. */
  readonly isOnTopic: (title: string) => boolean;
  /** Reactions to give in all. */
  readonly reactions: number;
  readonly random: () => number;
  /** Each reaction goes to a paper drawn at random instead of the one that was read. */
  readonly misplaced: boolean;
  /** Runs after each visit. */
  readonly betweenVisits: () => Promise<void>;
}

/** Uniform draws in [0, 1) from a seed. */
export function chance(seed: string): () => number {
  let drawn = 0;
  return () =>
    createHash('sha256')
      .update(`${seed}:${(drawn += 1)}`)
      .digest()
      .readUInt32LE(0) /
    2 ** 32;
}

/**
 * A reader who knows nothing but what the page shows: goes down the list, upvotes what is on topic and loves it the
 * next time, says "not for me" to half of the rest, and comes back for more. Returns the number of reactions.
 */
export async function readAndReact(
  browser: Browser,
  address: string,
  { isOnTopic, reactions, random, misplaced, betweenVisits }: ReaderOptions,
): Promise<number> {
  const context = await browser.newContext();
  const page = await context.newPage();
  let said = 0;
  try {
    for (let visit = 0; visit < mostVisits && said < reactions; visit += 1) {
      await page.goto(`${address}/?order=for-you`);
      const shown = await page.locator('.card').evaluateAll((cards) =>
        cards.map((card) => ({
          id: card.id,
          title: card.querySelector('h2')?.textContent ?? '',
          reaction: card.dataset['reaction'] ?? 'none',
        })),
      );
      let here = 0;
      for (const { id, title, reaction } of shown) {
        if (said >= reactions || here >= reactionsPerVisit) break;
        const kind = nextReaction(isOnTopic(title), reaction, random);
        if (kind === null) continue;
        const aim = misplaced ? (shown[Math.floor(random() * shown.length)]?.id ?? id) : id;
        await press(page, aim, kind);
        here += 1;
        said += 1;
      }
      await betweenVisits();
    }
  } finally {
    await context.close();
  }
  return said;
}

function nextReaction(onTopic: boolean, reaction: string, random: () => number): string | null {
  if (onTopic) return reaction === 'none' ? 'upvote' : reaction === 'upvote' ? 'love' : null;
  return reaction === 'none' && random() < 0.5 ? 'dismiss' : null;
}

/** Presses a button of a card and waits until the page shows that it was taken. */
async function press(page: Page, id: string, kind: string): Promise<void> {
  const card = page.locator(`[data-paper="${id}"]`);
  const before = await card.getAttribute('data-reaction');
  await card.locator(`button[data-kind="${kind}"]`).click();
  await page.locator(`[data-paper="${id}"]:not([data-reaction="${before ?? 'none'}"])`).waitFor();
}
