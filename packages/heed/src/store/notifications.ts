import type pg from 'pg';
import type { JsonObject } from '../spec/index.ts';
import { createClient } from './connection.ts';
import type { BackgroundClient } from './connection.ts';

export type Channel =
  | 'release'
  | 'artifact'
  | 'subject'
  | 'feedback'
  | 'decision'
  | 'activation'
  | 'job'
  | 'item'
  | 'experiment';

export interface ListenOptions {
  /** Called after a lost connection is back: what was told meanwhile was missed. */
  readonly onReconnect?: () => void;
}

/** Hints that something new is there. They may be lost: whoever must not miss a thing reads as well. */
export interface Notifications {
  /** Calls `heard` for each notification until the returned function is called. */
  readonly listen: (
    channel: Channel,
    heard: (payload: JsonObject) => void,
    options?: ListenOptions,
  ) => Promise<() => Promise<void>>;
  /** Tells soon, outside any transaction; of what is told of one loop meanwhile only the newest is. */
  readonly announce: (channel: Channel, loop: string, payload: JsonObject) => void;
  /** Whether those who listen are connected, and how many notifications came so far. */
  readonly state: () => { readonly connected: boolean; readonly received: number };
  readonly close: () => Promise<void>;
}

interface Listener {
  readonly channel: Channel;
  readonly heard: (payload: JsonObject) => void;
  readonly onReconnect: (() => void) | undefined;
}

/** Committing a notification takes a lock that all share, so the hot path's are gathered for this long. */
const announceEveryMs = 20;
const slowestReconnectMs = 2_000;

/** LISTEN and NOTIFY over a connection of its own, which comes back when it is lost. */
export function createNotifications(pool: pg.Pool, connection: pg.ClientConfig): Notifications {
  const listeners = new Set<Listener>();
  const pending = new Map<string, { channel: Channel; payload: JsonObject }>();
  let client: Promise<BackgroundClient> | null = null;
  let timer: NodeJS.Timeout | null = null;
  let flushing: Promise<void> = Promise.resolve();
  let subscribing: Promise<void> = Promise.resolve();
  let closed = false;
  let connected = false;
  let received = 0;

  const connect = async (): Promise<BackgroundClient> => {
    const next = createClient({ ...connection, keepAlive: true });
    next.on('notification', ({ channel, payload }) => {
      received += 1;
      for (const listener of listeners) if (channelName(listener.channel) === channel) listener.heard(parse(payload));
    });
    await next.connect();
    for (const channel of new Set([...listeners].map((listener) => listener.channel)))
      await next.query(`listen ${channelName(channel)}`);
    connected = true;
    next.once('end', () => {
      client = null;
      connected = false;
      if (!closed && listeners.size > 0) reconnect(announceEveryMs);
    });
    next.unref();
    return next;
  };
  const askFor = async (channel: Channel): Promise<void> => {
    client ??= connect();
    const listening = await client;
    listening.ref();
    await listening.query(`listen ${channelName(channel)}`);
    listening.unref();
  };
  /** Asks for a channel; one at a time, as a client takes one query at a time. */
  const subscribe = (channel: Channel): Promise<void> => {
    const asked = subscribing.then(() => askFor(channel));
    subscribing = asked.catch(() => undefined);
    return asked;
  };
  const reconnect = (delayMs: number) => {
    setTimeout(() => {
      if (closed || listeners.size === 0) return;
      client ??= connect();
      client.then(
        () => listeners.forEach((listener) => listener.onReconnect?.()),
        () => {
          client = null;
          reconnect(Math.min(delayMs * 2, slowestReconnectMs));
        },
      );
    }, delayMs).unref();
  };
  const flush = async () => {
    timer = null;
    const told = [...pending.values()];
    pending.clear();
    if (told.length === 0) return;
    await pool
      .query('select pg_notify(channel, payload) from unnest($1::text[], $2::text[]) as told (channel, payload)', [
        told.map(({ channel }) => channelName(channel)),
        told.map(({ payload }) => JSON.stringify(payload)),
      ])
      .catch(() => {});
  };

  return {
    listen: async (channel, heard, options = {}) => {
      const listener: Listener = { channel, heard, onReconnect: options.onReconnect };
      listeners.add(listener);
      try {
        await subscribe(channel);
      } catch (error) {
        client = null;
        listeners.delete(listener);
        throw error;
      }
      return async () => {
        listeners.delete(listener);
      };
    },
    announce: (channel, loop, payload) => {
      if (closed) return;
      pending.set(`${channel} ${loop}`, { channel, payload });
      timer ??= setTimeout(() => {
        flushing = flush();
      }, announceEveryMs);
    },
    state: () => ({ connected: connected || listeners.size === 0, received }),
    close: async () => {
      closed = true;
      listeners.clear();
      if (timer) {
        clearTimeout(timer);
        flushing = flush();
      }
      await flushing;
      const open = await client?.catch(() => null);
      if (open) {
        open.ref();
        await open.end();
      }
    },
  };
}

/** The channel's name in PostgreSQL. */
export function channelName(channel: Channel): string {
  return `heed_${channel}`;
}

function parse(payload: string | undefined): JsonObject {
  const parsed: JsonObject = JSON.parse(payload || '{}');
  return parsed;
}
