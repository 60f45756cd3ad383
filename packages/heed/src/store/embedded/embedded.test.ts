import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, lstat, mkdir, mkdtemp, readFile, readlink, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterEach, describe, expect, test } from 'vitest';
import { makeLinks } from './binaries.ts';
import { startEmbedded } from './index.ts';
import type { EmbeddedServer } from './index.ts';
import { locate, socketFolderOf } from './location.ts';
import { isHeedError } from '../../spec/index.ts';
import { openStore } from '../database.ts';
import { testDecision, testTimeMs } from '../testing-records.ts';

const folders: string[] = [];
const servers: EmbeddedServer[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.release();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'heed-embedded-'));
  await chmod(folder, 0o755);
  folders.push(folder);
  return join(folder, 'postgres');
}

async function start(folder: string): Promise<EmbeddedServer> {
  const server = await startEmbedded({ folder });
  servers.push(server);
  return server;
}

async function ask(url: string, query: string): Promise<unknown> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const result = await client.query<{ answer: unknown }>(query);
    return result.rows[0]?.answer;
  } finally {
    await client.end();
  }
}

async function serverPid(server: EmbeddedServer): Promise<number> {
  return Number((await readFile(join(server.dataFolder, 'postmaster.pid'), 'utf8')).split('\n')[0]);
}

describe('the embedded server', () => {
  test('keeps what was written, waits for the disk, and is reached by its closed socket alone', async () => {
    const folder = await newFolder();
    const first = await start(folder);
    expect(first.started).toBe(true);
    await ask(first.url, 'create table kept as select 7 as answer');
    expect(
      await ask(
        first.url,
        `select current_setting('fsync') || current_setting('synchronous_commit') || current_setting('listen_addresses') as answer`,
      ),
    ).toBe('onon');
    expect((await stat(join(folder, 'socket'))).mode & 0o777).toBe(0o700);
    await first.release();
    expect(existsSync(join(first.dataFolder, 'postmaster.pid'))).toBe(false);
    const second = await start(folder);
    expect(second.started).toBe(true);
    expect(await ask(second.url, 'select answer from kept')).toBe(7);
  });

  test('is shared: the last one to leave stops it, whoever started it', async () => {
    const folder = await newFolder();
    const [first, second] = await Promise.all([start(folder), start(folder)]);
    expect([first.started, second.started].filter(Boolean)).toHaveLength(1);
    await (first.started ? first : second).release();
    expect(await ask(second.url, 'select 1 as answer')).toBe(1);
    await second.release();
    await first.release();
    expect(existsSync(join(first.dataFolder, 'postmaster.pid'))).toBe(false);
  });

  test('left running by a process that was killed, it is used again', async () => {
    const folder = await newFolder();
    const program = `import { startEmbedded } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
      await startEmbedded({ folder: ${JSON.stringify(folder)} }); console.log('up'); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--conditions=heed-source', '--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    const server = await start(folder);
    expect(server.started).toBe(false);
    expect(await ask(server.url, 'select 1 as answer')).toBe(1);
    await server.release();
    expect(existsSync(join(server.dataFolder, 'postmaster.pid'))).toBe(false);
  });

  test('a server that was killed leaves a lock that names a process which runs: it starts nevertheless', async () => {
    const folder = await newFolder();
    const first = await start(folder);
    await ask(first.url, 'create table kept as select 7 as answer');
    const lock = join(first.dataFolder, 'postmaster.pid');
    const text = await readFile(lock, 'utf8');
    const pid = await serverPid(first);
    await first.release();
    // As if that server's process id were now that of another program of the same user, which PostgreSQL itself would take for a server.
    const { uid, gid } = await stat(first.dataFolder);
    const other = spawn('sleep', ['60'], { uid, gid, stdio: 'ignore' });
    await writeFile(lock, text.replace(String(pid), String(other.pid)));
    const second = await start(folder).finally(() => other.kill());
    expect(second.started).toBe(true);
    expect(await ask(second.url, 'select answer from kept')).toBe(7);
  });

  test('killed while it is used, it is started again', async () => {
    const folder = await newFolder();
    const lines: string[] = [];
    const server = await startEmbedded({ folder, log: (line) => lines.push(line) });
    servers.push(server);
    await ask(server.url, 'create table kept as select 7 as answer');
    const pid = await serverPid(server);
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => ask(server.url, 'select answer from kept').catch(() => null), { timeout: 20_000 }).toBe(7);
    expect(await serverPid(server)).not.toBe(pid);
    expect(lines).toContain('the embedded PostgreSQL went away: starting it again');
  });

  test('killed, and unable to start for a while, it is started again once it can', async () => {
    const said: string[] = [];
    const server = await startEmbedded({ folder: await newFolder(), log: (line) => said.push(line) });
    servers.push(server);
    const control = join(server.dataFolder, 'global/pg_control');
    await rename(control, `${control}.away`);
    process.kill(await serverPid(server), 'SIGKILL');
    await expect
      .poll(() => said.join('\n'), { timeout: 20_000 })
      .toContain('cannot start the embedded PostgreSQL again');
    await rename(`${control}.away`, control);
    await expect
      .poll(() => ask(server.url, 'select 7 as answer').catch(() => null), { timeout: 20_000, interval: 200 })
      .toBe(7);
  }, 60_000);
});

test('a store whose server is killed under writes loses no row that it acknowledged; a retry with the same key stores no second one', async () => {
  const folder = await newFolder();
  const store = await openStore({ folder, clock: () => testTimeMs });
  const acknowledged = new Set<string>();
  let failures = 0;
  const write = async (index: number) => {
    for (;;) {
      try {
        const { stored } = await store.decisions.insert(testDecision(), {
          idempotency: { key: `key-${index}`, payload: 'x' },
        });
        acknowledged.add(stored.id);
        return;
      } catch (error) {
        if (!isHeedError(error, 'store-unavailable')) throw error;
        failures += 1;
        await sleep(20);
      }
    }
  };
  let next = 0;
  const writers = Array.from({ length: 16 }, async () => {
    while (next < 1500) await write((next += 1));
  });
  await expect.poll(() => acknowledged.size).toBeGreaterThan(100);
  process.kill(Number((await readFile(join(folder, 'data', 'postmaster.pid'), 'utf8')).split('\n')[0]), 'SIGKILL');
  await Promise.all(writers);
  expect(failures).toBeGreaterThan(0);
  const { rows } = await store.pool.query<{ id: string }>('select id from heed.decision');
  expect(new Set(rows.map(({ id }) => id))).toEqual(acknowledged);
  expect(rows).toHaveLength(acknowledged.size);
  await store.close();
});

describe('where the data lies', () => {
  test('a socket that would have too long a path lies in a short folder, one per store', () => {
    expect(socketFolderOf('/data', '/tmp')).toBe('/data/socket');
    const long = `/${'a'.repeat(90)}`;
    expect(socketFolderOf(long, '/tmp')).toMatch(/^\/tmp\/heed-[0-9a-f]{16}$/);
    expect(socketFolderOf(`${long}b`, '/tmp')).not.toBe(socketFolderOf(long, '/tmp'));
  });

  test.runIf(process.getuid?.() === 0)(
    "a folder that the server's user cannot reach keeps its data elsewhere, says so, and remembers where when it is moved",
    async () => {
      const folder = await newFolder();
      const closed = join(folder, 'closed');
      await mkdir(closed, { recursive: true });
      await chmod(closed, 0o700);
      const lines: string[] = [];
      const location = await locate(join(closed, 'postgres'), (line) => lines.push(line));
      folders.push(location.home);
      expect(location.home).toMatch(/^\/var\/lib\/heed\/[0-9a-f]{16}$/);
      expect(lines[0]).toContain(location.home);
      expect((await stat(location.home)).uid).toBe(location.account?.uid);
      expect(await locate(join(closed, 'postgres'), () => {})).toEqual(location);
      execFileSync('cp', ['-r', closed, join(folder, 'copied')]);
      execFileSync('mv', [closed, join(folder, 'moved')]);
      expect((await locate(join(folder, 'moved', 'postgres'), () => {})).home).toBe(location.home);
    },
  );

  test.runIf(process.getuid?.() === 0)(
    'a copied folder does not share the data of the one it was copied from',
    async () => {
      const folder = await newFolder();
      const closed = join(folder, 'closed');
      await mkdir(closed, { recursive: true, mode: 0o700 });
      const location = await locate(join(closed, 'postgres'), () => {});
      execFileSync('cp', ['-r', closed, join(folder, 'copied')]);
      const copy = await locate(join(folder, 'copied', 'postgres'), () => {});
      folders.push(location.home, copy.home);
      expect(copy.home).not.toBe(location.home);
    },
  );
});

test('links that an install script did not make are made, and those that are there stay', async () => {
  const folder = await newFolder();
  await mkdir(join(folder, 'native/lib'), { recursive: true });
  await writeFile(join(folder, 'native/lib/libx.so.1.2'), 'library');
  const links = [{ source: 'native/lib/libx.so.1.2', target: 'native/lib/libx.so.1' }];
  await makeLinks(folder, links);
  await makeLinks(folder, links);
  const path = join(folder, 'native/lib/libx.so.1');
  expect((await lstat(path)).isSymbolicLink()).toBe(true);
  expect(await readlink(path)).toBe('libx.so.1.2');
  expect(await readFile(path, 'utf8')).toBe('library');
});
