import { expect } from 'vitest';
import type { DecideReply } from '../../loop/index.ts';
import { openTestHeed } from '../../loop/testing.ts';
import { createServer } from '../server.ts';
import { callDocumented } from './documented.ts';
import { candidates, config } from './greeting.ts';

export const params = { loop: 'greeting' };
export const request = { context: { hour: 9 }, candidates };
export const unknownId = '019b9294-2a3b-7000-8000-00000000dead';
export const by = { by: 'ann', why: 'a test' };

export type Api = Awaited<ReturnType<typeof openApi>>;

/** A server on a store of its own, asked as its document says. */
export async function openApi() {
  const logged: string[] = [];
  const heed = await openTestHeed(config);
  const server = await createServer({ heed, log: (line) => logged.push(line) });
  const api = await callDocumented(server);

  async function decide(more: object = {}): Promise<DecideReply> {
    const { status, body } = await api.call<DecideReply>('POST /v1/loops/{loop}/decide', {
      params,
      body: { ...request, ...more },
    });
    expect(status).toBe(200);
    return body;
  }

  async function close(): Promise<void> {
    await server.close();
    await heed.close();
  }

  return { heed, server, api, logged, decide, close };
}
