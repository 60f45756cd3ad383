import { existsSync, globSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** How to get what a test may need. */
export const needs = {
  chromium: 'Chromium is not installed (Debian: apt-get install chromium, or set HEED_CHROMIUM to its program)',
  postgres:
    'PostgreSQL is not installed (Debian: apt-get install postgresql, or set HEED_POSTGRES_BIN to the folder of initdb)',
} as const;

function firstFile(paths: readonly string[]): string | null {
  return paths.find((path) => existsSync(path)) ?? null;
}

function onPath(names: readonly string[], environment: Environment): string[] {
  const folders = (environment.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return names.flatMap((name) => folders.map((folder) => join(folder, name)));
}

/** The program of a Chromium or Chrome on this machine, or `null`. `HEED_CHROMIUM` names one outright. */
export function findChromium(environment: Environment = process.env): string | null {
  if (environment.HEED_CHROMIUM !== undefined) return firstFile([environment.HEED_CHROMIUM]);
  return firstFile([
    ...onPath(['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'], environment),
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ]);
}

/** The folder with `initdb` and `postgres` of a PostgreSQL on this machine, the newest, or `null`. */
export function findPostgres(environment: Environment = process.env): string | null {
  const named = environment.HEED_POSTGRES_BIN;
  if (named !== undefined) return existsSync(join(named, 'initdb')) ? named : null;
  const versions = globSync('/usr/lib/postgresql/*/bin/initdb').toSorted((a, b) => versionIn(b) - versionIn(a));
  const found = firstFile([
    ...versions,
    ...onPath(['initdb'], environment),
    '/opt/homebrew/opt/postgresql/bin/initdb',
    '/usr/local/pgsql/bin/initdb',
  ]);
  return found === null ? null : dirname(found);
}

function versionIn(path: string): number {
  return Number(/postgresql\/(\d+)/.exec(path)?.[1] ?? 0);
}

/**
 * True where tests have to be skipped, as what they need was not found: the reason is printed.
 * Use as `describe.skipIf(skipsWithout(findChromium(), needs.chromium))`.
 * @throws {Error} With `CI` set to anything but an empty text or `false`: there, what a test needs must be installed.
 */
export function skipsWithout(found: string | null, reason: string, environment: Environment = process.env): boolean {
  if (found !== null) return false;
  const ci = environment.CI ?? '';
  if (ci !== '' && ci !== 'false') throw new Error(`cannot skip tests, as CI=${ci} demands all of them: ${reason}`);
  process.stderr.write(`skipped: ${reason}\n`);
  return true;
}
