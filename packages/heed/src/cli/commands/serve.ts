import { Option } from 'commander';
import type { Command } from 'commander';
import { rateLimitDefaults, serve, serveDefaults } from '../../serving/index.ts';
import type { KeyPolicy } from '../../serving/index.ts';
import { command, logOption, wholeNumber } from '../command.ts';
import type { Execute, SharedOptions } from '../command.ts';
import { untilInterrupted } from '../exit.ts';

interface ServeOptions extends SharedOptions {
  readonly host: string;
  readonly port: number;
  readonly worker: boolean;
  readonly keys?: KeyPolicy;
  readonly limitKey?: number;
  readonly limitSubject?: number;
  readonly limitAddress?: number;
}

const limits = [
  ['key', 'of a key'],
  ['subject', 'for a subject'],
  ['address', 'of an address that takes no key'],
] as const;
const mostRequests = 1_000_000_000;

export function serveCommand(execute: Execute): Command {
  const serving = command('serve', 'Serve the loops over HTTP; contains a worker')
    .option('--port <port>', 'port; 0 takes a free one', wholeNumber(0, 65_535), serveDefaults.port)
    .option('--host <host>', 'address to listen on', serveDefaults.host)
    .addOption(
      new Option(
        '--keys <policy>',
        'whether every request must carry an API key (default: on any address but the loopback one)',
      ).choices(['optional', 'required']),
    )
    .addOption(logOption())
    .option('--no-worker', 'leave deriving and training to `heed worker`');
  for (const [name, whose] of limits)
    serving.option(
      `--limit-${name} <count>`,
      `requests ${whose} in a minute; 0 is any number (default: ${rateLimitDefaults[name]}; on the loopback address any number)`,
      wholeNumber(0, mostRequests),
    );
  return serving.action((options: ServeOptions) =>
    execute(
      options,
      async (session) => {
        await session.startTracing();
        const heed = await session.openHeed('run');
        const { host, port, keys } = options;
        const rateLimits = {
          key: limitOf(options.limitKey),
          subject: limitOf(options.limitSubject),
          address: limitOf(options.limitAddress),
        };
        const { log, logRequest } = session;
        const server = await serve({ heed, host, port, keys, rateLimits, log, logRequest });
        session.closing(() => server.close());
        const stopped = new AbortController();
        const stop = AbortSignal.any([session.interrupted, stopped.signal]);
        const working = options.worker ? heed.work({ signal: stop }) : untilInterrupted(stop);
        try {
          const { store } = await heed.health();
          session.print({
            json: { url: server.url, store: store.kind, worker: options.worker, process: process.pid },
            text: `Heed serves on ${server.url} (${store.kind === 'embedded' ? 'embedded store' : 'your PostgreSQL'}${options.worker ? ', with a worker' : ''}); Ctrl-C stops`,
          });
          await Promise.race([untilInterrupted(stop), working]);
          session.log('stopping: finishing what was begun (Ctrl-C again leaves at once)');
          await server.close();
        } finally {
          stopped.abort();
          await working;
        }
        return null;
      },
      { stopsItself: true },
    ),
  );
}

/** 0 is any number. */
function limitOf(count: number | undefined): number | null | undefined {
  return count === 0 ? null : count;
}
