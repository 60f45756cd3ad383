import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { chromium } from 'playwright-core';
import type { BrowserContext, Locator, Page } from 'playwright-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chromiumFlags } from '../../../tools/testing/chromium.ts';
import { findChromium, needs, skipsWithout } from '../../../tools/testing/needs.ts';
import { createApp } from './app.ts';
import { seed } from './importing.ts';
import { createRuleRanker } from './rule-ranker.ts';
import { openPaperStore } from './store/store.ts';
import type { PaperStore } from './store/store.ts';

const program = findChromium();
const paper = 'policy-guided-diffusion';

let store: PaperStore;
let app: FastifyInstance;
let address: string;
let profile: string;
let browser: BrowserContext | null = null;

/** A page in a fresh browser; what goes wrong in it fails the test. */
async function open(
  options: { javaScriptEnabled?: boolean; viewport?: { width: number; height: number } } = {},
): Promise<Page> {
  browser = await chromium.launchPersistentContext(profile, {
    executablePath: program ?? '',
    args: [...chromiumFlags],
    ...options,
  });
  const page = await browser.newPage();
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => void (message.type() === 'error' && problems.push(message.text())));
  return page;
}

const problems: string[] = [];

function card(page: Page): Locator {
  return page.locator(`#${paper}`);
}

function button(page: Page, kind: string): Locator {
  return card(page).locator(`button[data-kind="${kind}"]`);
}

describe.skipIf(skipsWithout(program, needs.chromium))('in Chromium', () => {
  beforeEach(async () => {
    store = openPaperStore(null);
    const now = Date.UTC(2026, 0, 7, 9);
    seed(store, now);
    app = await createApp({ store, ranker: createRuleRanker(), clock: () => now, newId: () => crypto.randomUUID() });
    address = await app.listen({ host: '127.0.0.1', port: 0 });
    profile = mkdtempSync(join(tmpdir(), 'papers-browser-'));
    problems.length = 0;
  });

  afterEach(async () => {
    await browser?.close();
    browser = null;
    await app.close();
    store.close();
    rmSync(profile, { recursive: true, force: true });
    if (problems.length > 0) throw new Error(`the page reports: ${problems.join('; ')}`);
  });

  it('reads, reacts and imports without JavaScript', async () => {
    const page = await open({ javaScriptEnabled: false });
    await page.goto(`${address}/?order=new`);
    expect(await page.locator('.card').count()).toBe(39);
    expect(await page.title()).toBe('Daily Papers');
    await button(page, 'love').click();
    expect(page.url()).toBe(`${address}/?order=new#${paper}`);
    expect(await button(page, 'love').getAttribute('aria-pressed')).toBe('true');
    expect(await card(page).locator('[data-upvotes]').textContent()).toBe('1');
    await button(page, 'love').click();
    expect(await button(page, 'love').getAttribute('aria-pressed')).toBe('false');

    await page.goto(`${address}/import`);
    await page.fill(
      '#text',
      'Daily Papers\n\nJan 7, 2026\n\nA New One\n\nIts abstract.\n\nIts second paragraph.\n\n• 2 authors\n·\nJan 6, 2026 4\n',
    );
    await page.click('text=Import >> nth=-1');
    await page.click('text=See that day');
    expect(await page.locator('.card h2').allTextContents()).toEqual(['A New One']);
    expect(await page.locator('.abstract-text').isVisible()).toBe(false);
    await page.click('.abstract summary');
    expect(await page.locator('.abstract-text p').last().isVisible()).toBe(true);
  });

  it('reacts without leaving the page, and shows what stands', async () => {
    const page = await open();
    await page.goto(`${address}/`);
    const before = page.url();
    await button(page, 'upvote').click();
    await page.locator(`#${paper}[data-reaction="upvote"]`).waitFor();
    expect(await card(page).locator('[data-upvotes]').textContent()).toBe('1');
    expect(await page.locator('#notice a').textContent()).toBe('Show the new order');
    await button(page, 'dismiss').click();
    await page.locator(`#${paper}[data-reaction="dismiss"]`).waitFor();
    expect(await card(page).locator('[data-upvotes]').textContent()).toBe('0');
    expect(await card(page).locator('.card-text').isVisible()).toBe(false);
    expect(page.url()).toBe(before);
    await page.reload();
    expect(await button(page, 'dismiss').getAttribute('aria-pressed')).toBe('true');
  });

  it('is driven by the keys j, k, u, l and x', async () => {
    const page = await open();
    await page.goto(`${address}/?order=new`);
    const ids = await page.locator('.card').evaluateAll((cards) => cards.map((each) => each.id));
    const focused = () => page.evaluate('document.activeElement.id');
    const press = async (...keys: string[]) => {
      for (const key of keys) await page.keyboard.press(key);
    };
    await press('j', 'j', 'j', 'k');
    expect(await focused()).toBe(ids[1]);
    for (const [key, reaction] of [
      ['u', 'upvote'],
      ['l', 'love'],
      ['x', 'dismiss'],
      ['x', 'none'],
    ] as const) {
      await press(key);
      await page.locator(`#${ids[1]}[data-reaction="${reaction}"]`).waitFor();
    }
    await page.goto(`${address}/import`);
    await page.focus('#text');
    await press('j', 'u', 'x');
    expect(await page.inputValue('#text')).toBe('jux');
  });

  it('fits narrow windows, and can be walked with the Tab key alone', async () => {
    const page = await open({ viewport: { width: 320, height: 640 } });
    const tooWide: string[] = [];
    for (const path of ['/', '/?order=trending', '/import', '/day/2026-01-06']) {
      await page.goto(address + path);
      if (await page.evaluate<boolean>('document.documentElement.scrollWidth > window.innerWidth')) tooWide.push(path);
    }
    expect(tooWide).toEqual([]);
    await page.goto(`${address}/`);
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content');
    const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle');
    expect(outline).not.toBe('none');
  });
});
