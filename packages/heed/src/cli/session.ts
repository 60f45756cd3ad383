import { join, resolve } from 'node:path';
import { confirm, isCancel } from '@clack/prompts';
import { createHeed, embeddedFolder } from '../loop/index.ts';
import type { Heed } from '../loop/index.ts';
import { createJsonLog, startOtlpTracing } from '../serving/index.ts';
import type { RequestLine } from '../serving/index.ts';
import { openStore } from '../store/index.ts';
import type { Store } from '../store/index.ts';
import type { ServerOptions } from './command.ts';
import { loadConfig } from './config.ts';
import type { LoadedConfig } from './config.ts';
import { Interrupted } from './exit.ts';
import { readMasterKeys } from './master-keys.ts';
import { localOperator, remoteOperator } from './operator.ts';
import type { Operator } from './operator.ts';
import type { Result } from './output.ts';
import { createProgress } from './progress.ts';
import type { Progress } from './progress.ts';
import type { Terminal } from './terminal.ts';

/** Which store: yours, or the embedded one in a folder. */
export type StoreChoice =
  | { readonly url: string; readonly folder?: undefined }
  | { readonly url?: undefined; readonly folder: string };

/** What a command works with; everything that it opened is closed when it ends. */
export interface Session {
  readonly terminal: Terminal;
  readonly options: ServerOptions;
  readonly interrupted: AbortSignal;
  readonly log: (line: string) => void;
  /** Only where the log is JSON. */
  readonly logRequest: ((line: RequestLine) => void) | undefined;
  /** The configuration, loaded once. */
  config(): Promise<LoadedConfig>;
  store(): Promise<StoreChoice>;
  /** `run` registers the loops' versions and refuses to run beside others; `look` reads and operates what is there. */
  openHeed(role: 'run' | 'look'): Promise<Heed>;
  /** What operators see and do: through a server where one is named, else on the store. */
  operator(): Promise<Operator>;
  /** The store alone; the chosen one where none is named. */
  openStore(choice?: StoreChoice, more?: { readonly unsafe?: boolean }): Promise<Store>;
  /** Sends spans where `OTEL_EXPORTER_OTLP_ENDPOINT` says to. */
  startTracing(): Promise<void>;
  /** Something else to close at the end, in reverse order. */
  closing(close: () => Promise<void>): void;
  /** Shows how far the command is, where a person watches. */
  progress(label: string): Progress;
  /** Asks a person; where nobody can answer, the command line was the answer. */
  confirm(question: string, asked: { readonly yes?: boolean | undefined }): Promise<void>;
  /** Prints a result before the command has ended. */
  print(result: Result): void;
}

export interface OpenSession extends Session {
  close(): Promise<void>;
}

export function createSession(terminal: Terminal, options: ServerOptions): OpenSession {
  let loaded: Promise<LoadedConfig> | null = null;
  const closers: (() => Promise<void>)[] = [];

  const jsonLog = options.log === 'json' ? createJsonLog((line) => terminal.err(line)) : null;

  function log(line: string): void {
    if (jsonLog === null) terminal.err(`${terminal.watched ? '\r\u001B[2K' : ''}${line}\n`);
    else jsonLog.line(line);
  }

  function config(): Promise<LoadedConfig> {
    loaded ??= loadConfig(terminal.folder, options.config);
    return loaded;
  }

  async function store(): Promise<StoreChoice> {
    return chooseStore(options, terminal, async () => (await config()).folder);
  }

  function print({ json, text }: Result): void {
    terminal.out(options.json === true ? `${JSON.stringify(json)}\n` : `${text}\n`);
  }

  async function openHeed(role: 'run' | 'look'): Promise<Heed> {
    const { config: loops } = await config();
    const heed = await createHeed(loops, {
      ...(await store()),
      clock: terminal.clock,
      log,
      role,
      unsafe: options.unsafe ?? false,
      masterKey: readMasterKeys(terminal),
    });
    closers.push(() => heed.close());
    return heed;
  }

  return {
    terminal,
    options,
    interrupted: terminal.interrupted,
    log,
    logRequest: jsonLog?.request,
    config,
    store,
    print,
    openHeed,
    async operator() {
      const url = options.server ?? terminal.environment['HEED_SERVER'] ?? '';
      if (url === '') return localOperator(await openHeed('look'));
      const remote = remoteOperator(url, options.key ?? terminal.environment['HEED_KEY']);
      closers.push(() => remote.close());
      return remote;
    },
    async openStore(choice, { unsafe = options.unsafe ?? false } = {}) {
      const { url, folder } = choice ?? (await store());
      const opened = await openStore({
        url,
        ...(folder === undefined ? {} : { folder: embeddedFolder(folder) }),
        clock: terminal.clock,
        log,
        unsafe,
        masterKey: readMasterKeys(terminal),
      });
      closers.push(() => opened.close());
      return opened;
    },
    async startTracing() {
      if ((terminal.environment['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? '') !== '') closers.push(await startOtlpTracing());
    },
    closing: (close) => void closers.push(close),
    progress: (label) => createProgress({ ...terminal, watched: terminal.watched && options.json !== true }, label),
    async confirm(question, { yes }) {
      if (yes === true || options.json === true || !terminal.answers) return;
      const answer = await confirm({ message: question, output: process.stderr });
      if (isCancel(answer) || !answer) throw new Interrupted();
    },
    async close() {
      for (const close of closers.splice(0).toReversed()) await close();
    },
  };
}

/** What the command line names wins over the environment; the embedded store lies beside the configuration. */
export async function chooseStore(
  options: Pick<ServerOptions, 'database' | 'folder'>,
  terminal: Pick<Terminal, 'environment' | 'folder'>,
  configFolder: () => Promise<string>,
): Promise<StoreChoice> {
  if (options.database !== undefined) return { url: options.database };
  if (options.folder !== undefined) return { folder: resolve(terminal.folder, options.folder) };
  const url = terminal.environment['HEED_DATABASE_URL'];
  return url === undefined || url === '' ? { folder: join(await configFolder(), '.heed') } : { url };
}
