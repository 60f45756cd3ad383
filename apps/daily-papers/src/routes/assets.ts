import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { styleSheets } from '../pages/layout.ts';

const types = {
  ...Object.fromEntries(styleSheets.map((name) => [name, 'text/css; charset=utf-8'])),
  'app.js': 'text/javascript; charset=utf-8',
  'icon.svg': 'image/svg+xml',
};

/** The style, the script and the icon: a fixed list, so that no path leads anywhere else. */
export function assetRoutes(app: FastifyInstance): void {
  for (const [name, type] of Object.entries(types)) {
    const content = readFileSync(new URL(`../assets/${name}`, import.meta.url));
    app.get(`/assets/${name}`, (_request, reply) => reply.type(type).header('cache-control', 'no-cache').send(content));
  }
}
