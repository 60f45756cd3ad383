import { randomBytes } from 'node:crypto';
import type { HeedEvent } from '../loop/index.ts';

/** Events kept for those that come back. */
const keptEvents = 1_000;

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
 * Numbers events and hands them to every follower. An id is `RUN-NUMBER`: the run changes with the process,
 * so that a number of another run is never taken for one of this.
 */
export function createEventHub(subscribe: (listener: (event: HeedEvent) => void) => () => void): EventHub {
  const run = randomBytes(6).toString('hex');
  const followers = new Set<Follower>();
  const kept: { readonly number: number; readonly text: string; readonly loop: string | null }[] = [];
  let count = 0;
  let stop: (() => void) | null = null;

  function take(event: HeedEvent): void {
    count += 1;
    const entry = {
      number: count,
      text: `id: ${run}-${count}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`,
      loop: event.loop,
    };
    kept.push(entry);
    if (kept.length > keptEvents) kept.shift();
    for (const follower of followers) follower.send(entry.text, entry.loop);
  }

  function catchUp(follower: Follower, last: string): void {
    const [lastRun, number] = last.split('-');
    const first = kept[0]?.number ?? count + 1;
    if (lastRun !== run || Number(number) + 1 < first || Number(number) > count) {
      follower.send(`id: ${run}-${count}\nevent: gap\ndata: {}\n\n`, null);
      return;
    }
    for (const entry of kept) if (entry.number > Number(number)) follower.send(entry.text, entry.loop);
  }

  return {
    follow(follower, last) {
      stop ??= subscribe(take);
      if (last === null) follower.send(`id: ${run}-${count}\n\n`, null);
      else catchUp(follower, last);
      followers.add(follower);
      return () => followers.delete(follower);
    },
    close() {
      stop?.();
      stop = null;
      for (const follower of followers) follower.end();
      followers.clear();
    },
  };
}
