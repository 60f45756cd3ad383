import type { HeedEvent } from '../loop/index.ts';
import { backoffMs, later } from './backoff.ts';
import { clientDefaults } from './defaults.ts';
import { createStreamReader } from './event-stream.ts';
import type { StreamMessage } from './event-stream.ts';
import type { Transport } from './transport.ts';
import type { SubscribeOptions } from './types.ts';

/** Follows the server's events until stopped, over as many connections as it takes. */
export function subscribe(
  transport: Transport,
  listener: (event: HeedEvent) => void,
  { loop, onGap, onOpen }: SubscribeOptions,
  onError: (error: unknown) => void,
): () => void {
  const path = `/v1/events${loop === undefined ? '' : `?loop=${encodeURIComponent(loop)}`}`;
  let last: string | null = null;
  let attempt = 0;
  let abort = new AbortController();
  let stopped = false;
  let cancel: (() => void) | null = null;

  function take({ id, event, data }: StreamMessage): void {
    if (id !== null) last = id;
    try {
      if (event === 'gap') onGap?.();
      else if (data !== '') listener(JSON.parse(data) as HeedEvent);
    } catch (error) {
      onError(error);
    }
  }

  async function follow(): Promise<void> {
    abort = new AbortController();
    const response = await transport.open(
      path,
      { accept: 'text/event-stream', ...(last === null ? {} : { 'last-event-id': last }) },
      abort.signal,
    );
    if (!response.ok || response.body === null)
      throw new Error(`cannot follow events, as the server must answer 200: it answers ${response.status}`);
    attempt = 0;
    onOpen?.();
    const read = createStreamReader();
    const decoder = new TextDecoder();
    const reader = response.body.getReader();
    for (;;) {
      const cancelWatch = later(() => abort.abort(), clientDefaults.silentMs);
      const { done, value } = await reader.read().finally(cancelWatch);
      if (done) return;
      for (const message of read(decoder.decode(value, { stream: true }))) take(message);
    }
  }

  function run(): void {
    follow()
      .catch((error: unknown) => {
        if (!stopped) onError(error);
      })
      .finally(() => {
        if (!stopped) cancel = later(run, backoffMs(attempt++));
      });
  }

  run();
  return () => {
    stopped = true;
    cancel?.();
    abort.abort();
  };
}
