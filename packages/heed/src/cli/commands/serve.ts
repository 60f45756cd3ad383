import { Option } from 'commander';
import type { Command } from 'commander';
import { serve, serveDefaults } from '../../serving/index.ts';
import type { KeyPolicy } from '../../serving/index.ts';
import { command, logOption, wholeNumber } from '../command.ts';
import type { Execute, SharedOptions } from '../command.ts';
import { untilInterrupted } from '../exit.ts';

interface ServeOptions extends SharedOptions {
  readonly host: string;
  readonly port: number;
  readonly worker: boolean;
  readonly keys?: KeyPolicy;
}

export function serveCommand(execute: Execute): Command {
  return command('serve', 'Serve the loops over HTTP; contains a worker')
    .option('--port <port>', 'port; 0 takes a free one', wholeNumber(0, 65_535), serveDefaults.port)
    .option('--host <host>', 'address to listen on', serveDefaults.host)
    .addOption(
      new Option(
        '--keys <policy>',
        'whether every request must carry an API key (default: on any address but the loopback one)',
      ).choices(['optional', 'required']),
    )
    .addOption(logOption())
    .option('--no-worker', 'leave deriving and training to `heed worker`')
    .action((options: ServeOptions) =>
      execute(
        options,
        async (session) => {
          await session.startTracing();
          const heed = await session.openHeed('run');
          const { host, port, keys } = options;
          const server = await serve({ heed, host, port, keys, log: session.log, logRequest: session.logRequest });
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
