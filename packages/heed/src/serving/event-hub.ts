import { randomBytes } from 'node:crypto';
import type { EventLog, HeedEvent } from '../loop/index.ts';

/** Events kept for those that come back. */
const keptEvents = 1_000;
/** How often the stream's mark moves on. An event is told a little after its commit, so ids carry the mark before the last. */
const markEveryMs = 1_000;

/** One reader of the stream. */
export interface Follower {
  /** `about`: the loop that the event belongs to; `null`: it concerns everyone. */
  send(text: string, about: string | null): void;
  end(): void;
}

export interface EventHub {
  /** Sends what came after the event `last`, then all that comes; returns how to stop. */
  follow(follower: Follower, last: string | null): () => void;
  /** Ends every stream. */
  close(): void;
}

/**
 * Numbers events and hands them to every follower. An id is `RUN.NUMBER.MARK`: within a run, which changes with the process,
 * the number says what came after; another process reads from the store what was committed since the mark.
 */
export function createEventHub(
  subscribe: (listener: (event: HeedEvent) => void) => () => void,
  log: EventLog,
): EventHub {
  const run = randomBytes(6).toString('hex');
  const followers = new Set<Follower>();
  const kept: { readonly number: number; readonly text: string; readonly loop: string | null }[] = [];
  let count = 0;
  let stop: (() => void) | null = null;
  let marks: readonly [older: string, newer: string] = ['', ''];
  let marking: NodeJS.Timeout | null = null;

  const idOf = (number: number): string => `${run}.${number}.${marks[0]}`;

  async function moveMark(): Promise<void> {
    const mark = await log.mark();
    marks = [marks[1] === '' ? mark : marks[1], mark];
  }

  async function start(): Promise<void> {
    if (stop !== null) return;
    stop = subscribe(take);
    marking = setInterval(() => void moveMark().catch(() => undefined), markEveryMs).unref();
    await moveMark().catch(() => undefined);
  }

  function take(event: HeedEvent): void {
    count += 1;
    const entry = {
      number: count,
      text: message(idOf(count), event),
      loop: event.loop,
    };
    kept.push(entry);
    if (kept.length > keptEvents) kept.shift();
    for (const follower of followers) follower.send(entry.text, entry.loop);
  }

  const gap = (): string => `id: ${idOf(count)}\nevent: gap\ndata: {}\n\n`;

  /** What this process has told since, or what the store has had since; all at once, so that nothing comes between. */
  async function missed(last: string): Promise<readonly Pick<(typeof kept)[number], 'text' | 'loop'>[]> {
    const [lastRun, number, mark = ''] = last.split('.');
    const first = kept[0]?.number ?? count + 1;
    if (lastRun === run && Number(number) + 1 >= first && Number(number) <= count)
      return kept.filter((entry) => entry.number > Number(number));
    const events = await log.since(mark).catch(() => null);
    if (events === null) return [{ text: gap(), loop: null }];
    return events.map((event) => ({ text: message(last, event), loop: event.loop }));
  }

  return {
    follow(follower, last) {
      let followed = true;
      const early: { text: string; loop: string | null }[] = [];
      const waiting: Follower = { send: (text, loop) => void early.push({ text, loop }), end: () => follower.end() };
      const begin = async (): Promise<void> => {
        await start();
        const before = last === null ? [] : await missed(last);
        if (!followed) return;
        for (const { text, loop } of before) follower.send(text, loop);
        for (const { text, loop } of early) if (!before.some((entry) => entry.text === text)) follower.send(text, loop);
        if (last?.split('.')[0] !== run || before.length + early.length === 0)
          follower.send(`id: ${idOf(count)}\n\n`, null);
        followers.delete(waiting);
        followers.add(follower);
      };
      followers.add(waiting);
      void begin().catch(() => follower.end());
      return () => {
        followed = false;
        followers.delete(waiting);
        followers.delete(follower);
      };
    },
    close() {
      stop?.();
      stop = null;
      if (marking !== null) clearInterval(marking);
      for (const follower of followers) follower.end();
      followers.clear();
    },
  };
}

function message(id: string, event: HeedEvent): string {
  return `id: ${id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
