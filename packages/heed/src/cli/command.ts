import { Command, InvalidArgumentError, Option } from 'commander';
import type { Result } from './output.ts';
import type { Session } from './session.ts';

/** What every command takes. */
export interface SharedOptions {
  readonly config?: string | undefined;
  readonly folder?: string | undefined;
  readonly database?: string | undefined;
  readonly unsafe?: boolean | undefined;
  readonly json?: boolean | undefined;
  readonly debug?: boolean | undefined;
  /** How lines of the log are written. Default `text`. */
  readonly log?: 'text' | 'json' | undefined;
}

/** Runs a command's work: closes what it opened, prints what it found, keeps its exit code. */
export type Execute = (
  options: SharedOptions,
  work: (session: Session) => Promise<Result | null>,
  more?: ExecuteOptions,
) => Promise<void>;

export interface ExecuteOptions {
  /** The work watches `session.interrupted` and ends by itself; otherwise Ctrl-C ends it where it is. */
  readonly stopsItself?: boolean | undefined;
}

/** A command that opens no configuration and no store still has `--json` and `--debug`. */
export function bareCommand(name: string, summary: string): Command {
  return new Command(name)
    .description(summary)
    .helpOption('-h, --help', 'show this help')
    .option('--json', 'print the result as JSON, and nothing else, on standard output')
    .option('--debug', 'print the stack of an error');
}

/** A command over the loops of a configuration and their store. */
export function command(name: string, summary: string): Command {
  return bareCommand(name, summary)
    .option('--config <file>', 'configuration (default: the nearest heed.config.ts, here or above)')
    .option('--folder <folder>', 'folder of the embedded store (default: .heed beside the configuration)')
    .addOption(
      new Option('--database <url>', 'a PostgreSQL of yours (default: HEED_DATABASE_URL, else the embedded store)'),
    )
    .option('--unsafe', 'use a store whose commits do not wait for the disk');
}

/** What commands take that may also ask a running server. */
export interface ServerOptions extends SharedOptions {
  readonly server?: string | undefined;
  readonly key?: string | undefined;
}

/** A command on the store, or through a server that runs elsewhere. */
export function serverCommand(name: string, summary: string): Command {
  return command(name, summary)
    .option('--server <url>', 'ask this server in place of a store (default: HEED_SERVER, else the store)')
    .option('--key <secret>', 'API key for the server (default: HEED_KEY)');
}

/** A command that only holds others; `default` runs where none of them is named. */
export function group(name: string, summary: string, main: Command, others: readonly Command[]): Command {
  const parent = new Command(name).description(summary).helpOption('-h, --help', 'show this help').helpCommand(false);
  parent.addCommand(main, { isDefault: true });
  for (const other of others) parent.addCommand(other);
  return parent;
}

/** For commands that run until they are stopped. */
export function logOption(): Option {
  return new Option('--log <format>', 'how the log is written on standard error')
    .choices(['text', 'json'])
    .default('text');
}

/** Reads an option as a whole number within bounds. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}
