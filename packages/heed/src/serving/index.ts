export { createServer, serverDefaults } from './server.ts';
export type { ServerOptions } from './server.ts';
export { serve, serveDefaults } from './serve.ts';
export type { RunningServer, ServeOptions } from './serve.ts';
export { openApiDocument } from './document.ts';
