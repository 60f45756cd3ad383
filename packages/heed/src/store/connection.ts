import { Client, Pool } from 'pg';
import type { ClientConfig, PoolConfig } from 'pg';

/** A connection that may be told not to keep the process alive; pg has these methods, its types do not. */
export interface BackgroundClient extends Client {
  readonly ref: () => void;
  readonly unref: () => void;
}

/** A connection outside the pool. Its loss is told by its `end` event alone. */
export function createClient(config: ClientConfig): BackgroundClient {
  const client = new Client(config) as BackgroundClient;
  client.on('error', () => {});
  return client;
}

/** A pool whose connections may break at any time: whoever uses one is told by its query, and nobody else. */
export function createPool(config: PoolConfig): Pool {
  const pool = new Pool(config);
  // Without a listener, a connection that is lost while nothing is asked of it ends the process.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}
