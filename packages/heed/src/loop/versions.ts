import { createHash } from 'node:crypto';
import pg from 'pg';
import { HeedError, schemaVersion } from '../spec/index.ts';
import type { Artifact, LoopConfiguration } from '../spec/index.ts';
import { draftArtifact, readContent, release } from './artifacts.ts';
import { createAudit } from './audit.ts';
import type { Context, RunningLoop } from './context.ts';
import { parentArtifact } from './train.ts';
import { codeVersion } from './version.ts';

/** PostgreSQL advisory lock class under which a starting process makes first artifacts, one process at a time. */
const bootstrapLock = 0x68656564;

/**
 * Registers the loops' versions and sees to it that each has an artifact to serve:
 * a new loop gets an untrained one, a new version of a loop takes over what serves. What had been learned beyond that, and
 * waits for its gates or for an operator, is taken over too, and goes on waiting.
 */
export async function prepareLoops(context: Context): Promise<void> {
  const { store, clock, newId } = context;
  for (const { configuration, version } of context.loops.values()) {
    const before = await store.loops.latest(configuration.name);
    const inUse = await store.loops.insert({
      schemaVersion,
      id: newId(),
      name: configuration.name,
      version,
      configuration,
      createdAt: new Date(clock()).toISOString(),
    });
    if (before?.id !== inUse.id)
      await createAudit(context).write({
        who: 'configuration',
        action: 'useLoop',
        loop: configuration.name,
        target: inUse.id,
        detail: { version, before: before?.version ?? null },
      });
  }
  const client = await store.pool.connect();
  try {
    await client.query('select pg_advisory_lock($1, 0)', [bootstrapLock]);
    for (const loop of context.loops.values()) await prepareArtifact(context, loop);
  } finally {
    await client.query('select pg_advisory_unlock($1, 0)', [bootstrapLock]).catch(() => undefined);
    client.release();
  }
}

async function prepareArtifact(context: Context, loop: RunningLoop): Promise<void> {
  const { store } = context;
  const { configuration, version } = loop;
  const newest = await parentArtifact(context, configuration.name);
  if (newest?.loopVersion === version) return;
  const row = await store.releases.latest(configuration.name, 'full');
  const serving = row === null ? null : await store.artifacts.get(row.artifact);
  const first = await takenOver(context, loop, serving);
  const waiting = newest === null || newest.id === serving?.id ? null : await takenOver(context, loop, newest);
  await store.transaction(async (transaction) => {
    await store.artifacts.insert(first.artifact, first.files, transaction);
    if (waiting !== null) await store.artifacts.insert(waiting.artifact, waiting.files, transaction);
    const why = serving === null ? 'the first artifact of the loop' : `loop version ${version}`;
    await release(context, first.artifact, 'full', { by: 'heed', why }, transaction);
  });
}

/** What this version of the loop makes of an earlier artifact; the blank one where there is none. */
async function takenOver(
  context: Context,
  { configuration, version, learner }: RunningLoop,
  parent: Artifact | null,
): Promise<ReturnType<typeof draftArtifact>> {
  const seed = context.newSeed();
  const state =
    parent === null
      ? learner.init(configuration, seed)
      : learner.fromArtifact(configuration, await readContent(context.store, parent));
  const before = parent === null ? 0 : parent.lineage.signals.before + parent.lineage.signals.used;
  const settled = learner.settle === undefined ? state : await learner.settle(state);
  return draftArtifact(context, learner.toArtifact(settled), {
    configuration,
    loopVersion: version,
    lineage: {
      parent: parent?.id ?? null,
      derivation: null,
      signals: { before, used: 0 },
      datasets: [],
      codeVersion,
      seed,
    },
  });
}

/** Holds the versions that this process runs, for as long as it lives. */
export interface VersionHold {
  close(): Promise<void>;
}

/**
 * Refuses to run beside a process that runs another version of one of these loops.
 * The hold is a shared advisory lock of a connection of its own: it goes when the process goes, however it goes.
 *
 * @throws HeedError `loop-version-conflict`.
 */
export async function holdVersions(
  url: string,
  loops: Iterable<{ readonly configuration: LoopConfiguration; readonly version: string }>,
  log: (line: string) => void,
): Promise<VersionHold> {
  const held = [...loops].map(({ configuration, version }) => ({ name: configuration.name, version }));
  let client: pg.Client | null = null;
  let closed = false;

  async function hold(): Promise<void> {
    const fresh = new pg.Client({ connectionString: url });
    fresh.on('error', () => {
      if (client === fresh) client = null;
      if (!closed) setTimeout(() => void hold().catch(retry), retryMs).unref();
    });
    await fresh.connect();
    try {
      for (const { name, version } of held) await holdOne(fresh, name, version);
    } catch (error) {
      await fresh.end().catch(() => undefined);
      throw error;
    }
    client = fresh;
  }

  function retry(error: unknown): void {
    log(`cannot hold the loops' versions: ${String(error)}`);
    if (!closed) setTimeout(() => void hold().catch(retry), retryMs).unref();
  }

  await hold();
  return {
    async close() {
      closed = true;
      await client?.end().catch(() => undefined);
    },
  };
}

const retryMs = 1_000;

async function holdOne(client: pg.Client, name: string, version: string): Promise<void> {
  const loopKey = lockKey(`loop ${name}`);
  const versionKey = lockKey(`version ${version}`);
  await client.query('select pg_advisory_lock_shared($1, $2)', [loopKey, versionKey]);
  const { rows } = await client.query<{ others: string }>(
    `select count(*) as others from pg_locks
     where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())
       and classid = $1::bigint::oid and objid <> $2::bigint::oid and objsubid = 2`,
    [loopKey >>> 0, versionKey >>> 0],
  );
  if (Number(rows[0]?.others) > 0) {
    throw new HeedError(
      'loop-version-conflict',
      `cannot run the loop ${name}, as all its processes must run one version: this one has ${version}, and a process with another version is running (stop it, or give both the same configuration)`,
    );
  }
}

function lockKey(text: string): number {
  return createHash('sha256').update(text).digest().readInt32BE(0);
}
