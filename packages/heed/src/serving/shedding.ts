import underPressure from '@fastify/under-pressure';
import { HeedError } from '../spec/index.ts';
import type { Server } from './routes/route.ts';

const sampleMs = 500;

/** Tells a server that cannot keep up from one that stood still once, as when it compiles or collects garbage. */
export function createPatience(sustainedMs: number): (nowMs: number) => boolean {
  let since = 0;
  let last = -Infinity;
  return (nowMs) => {
    // Two samples without pressure end it.
    if (nowMs - last > 2 * sampleMs) since = nowMs;
    last = nowMs;
    return nowMs - since >= sustainedMs;
  };
}

/** Refuses new requests while the process cannot keep up: who is refused at once may come back, who waits for ever may not. */
export async function shedLoad(server: Server, maxEventLoopDelayMs: number): Promise<void> {
  const isSustained = createPatience(2 * sampleMs);
  await server.register(underPressure, {
    maxEventLoopDelay: maxEventLoopDelayMs,
    sampleInterval: sampleMs,
    pressureHandler: async (request) => {
      // Whoever watches has to hear of it from the server itself.
      if (request.routeOptions.url === '/health' || !isSustained(performance.now())) return;
      throw new HeedError(
        'overloaded',
        `cannot take this request, as the event loop must be at most ${maxEventLoopDelayMs} ms behind: it is further`,
      );
    },
  });
}
