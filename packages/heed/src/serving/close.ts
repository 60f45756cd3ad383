import type { Socket } from 'node:net';
import type { Server } from './routes/route.ts';

const sweepMs = 50;

/**
 * Lets closing wait for what is under way and for nothing else. Node waits for every open connection: also for one that a browser
 * opened ahead of need and never used, and for one that was busy when closing began and then keeps alive.
 */
export function closeGracefully(server: Server): void {
  const connections = new Set<Socket>();
  const busy = new Set<Socket>();
  let closing = false;

  server.server.on('connection', (socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  server.server.on('request', ({ socket }, response) => {
    busy.add(socket);
    response.once('close', () => busy.delete(socket));
  });
  server.addHook('onSend', (_request, reply, payload, next) => {
    if (closing) reply.header('connection', 'close');
    next(null, payload);
  });
  server.addHook('preClose', async () => {
    closing = true;
    if (!server.server.listening) return;
    const sweep = setInterval(() => {
      for (const socket of connections) if (!busy.has(socket)) socket.destroy();
    }, sweepMs);
    server.server.once('close', () => clearInterval(sweep));
  });
}
