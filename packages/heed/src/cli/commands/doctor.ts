import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { embeddedFolder } from '../../loop/index.ts';
import { codeVersion } from '../../loop/version.ts';
import { schemaVersion } from '../../spec/index.ts';
import { command, wholeNumber } from '../command.ts';
import type { Execute, SharedOptions } from '../command.ts';
import { judgeCalibration, unreadable } from '../doctor/calibration.ts';
import { fail, ok, skipped } from '../doctor/check.ts';
import type { Check } from '../doctor/check.ts';
import { checkClock, checkSync, checkVersions } from '../doctor/database.ts';
import { readDraws } from '../doctor/draws.ts';
import { checkLoopVersions } from '../doctor/loop-versions.ts';
import { checkDisk, checkNode, checkPort } from '../doctor/machine.ts';
import { sentenceOf } from '../output.ts';
import type { Session } from '../session.ts';
import { serveDefaults } from '../../serving/index.ts';

const decisionsLookedAt = 10_000;

interface DoctorOptions extends SharedOptions {
  readonly host: string;
  readonly port: number;
}

export function doctorCommand(execute: Execute): Command {
  return command('doctor', 'Look at everything that Heed rests on, and say what to do where it is not in order')
    .option('--port <port>', 'the port that `heed serve` is to have', wholeNumber(1, 65_535), serveDefaults.port)
    .option('--host <host>', 'the address that `heed serve` is to have', serveDefaults.host)
    .action((options: DoctorOptions) =>
      execute(options, async (session) => {
        const checks = [
          checkNode(process.versions.node),
          await checkConfiguration(session),
          ...(await checkStore(session)),
          await checkPort(options.host, options.port),
        ];
        const failed = checks.some(({ status }) => status === 'fail');
        return { json: { ok: !failed, checks }, text: checks.map(line).join('\n'), code: failed ? 1 : undefined };
      }),
    );
}

async function checkConfiguration(session: Session): Promise<Check> {
  try {
    const { path, config } = await session.config();
    return ok('configuration', `${path} with the loops ${Object.keys(config.loops).join(', ')}`);
  } catch (error) {
    return fail('configuration', sentenceOf(error), 'correct it, or let `heed init` write one');
  }
}

async function checkStore(session: Session): Promise<Check[]> {
  const choice = await session.store().catch(() => null);
  if (choice === null) return [skipped('store', 'which store it is depends on the configuration')];
  if (choice.folder !== undefined && !existsSync(embeddedFolder(choice.folder))) {
    return [
      skipped('store', `the embedded store in ${choice.folder} is not there yet: \`heed serve\` makes it`),
      await checkDisk(choice.folder),
    ];
  }
  try {
    // Looked at even where it is not durable: that is one of the findings.
    const store = await session.openStore(choice, { unsafe: true });
    const { version } = await store.serverSettings();
    const loops = await session.config().then(
      ({ config }) => checkLoopVersions(config, store),
      () => [],
    );
    return [
      ok(
        'store',
        store.embedded === null
          ? 'your PostgreSQL answers'
          : `the embedded PostgreSQL answers; its data lies in ${store.embedded.dataFolder}`,
      ),
      await checkSync(store.pool),
      await checkClock(store.pool, session.terminal.clock),
      await checkVersions(store.pool, { heed: codeVersion, records: schemaVersion, postgres: version }),
      await checkDisk(store.embedded?.dataFolder ?? null),
      ...loops,
      await checkCalibration(session, store),
    ];
  } catch (error) {
    return [
      fail('store', sentenceOf(error), 'start it, or correct HEED_DATABASE_URL or --database'),
      await checkDisk(choice.folder ?? null),
    ];
  }
}

async function checkCalibration(session: Session, store: Awaited<ReturnType<Session['openStore']>>): Promise<Check> {
  const progress = session.progress('reading decisions');
  try {
    return judgeCalibration(await readDraws(store, decisionsLookedAt, (done) => progress.update(String(done))));
  } catch (error) {
    return unreadable(sentenceOf(error));
  } finally {
    progress.stop();
  }
}

function line({ name, status, finding, advice }: Check): string {
  return `${status.padEnd(7)}  ${name}: ${finding}${advice === undefined ? '' : `\n         → ${advice}`}`;
}
