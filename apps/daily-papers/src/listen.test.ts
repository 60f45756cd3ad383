import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import Fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import { afterEach, expect, it } from 'vitest';
import { listen, readPort } from './listen.ts';

const open: (Server | FastifyInstance)[] = [];

afterEach(async () => {
  for (const server of open.splice(0))
    await ('inject' in server ? server.close() : new Promise((resolve) => server.close(resolve)));
});

async function takePort(): Promise<number> {
  const server = createServer();
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function app(): FastifyInstance {
  const made = Fastify();
  open.push(made);
  return made;
}

it('takes the next free port where the usual one is taken', async () => {
  const taken = await takePort();
  const address = await listen(app(), { port: null, usualPort: taken });
  expect(new URL(address).hostname).toBe('127.0.0.1');
  expect(Number(new URL(address).port)).toBeGreaterThan(taken);
});

it('says so where the port asked for is taken', async () => {
  const taken = await takePort();
  await expect(listen(app(), { port: taken, usualPort: 4040 })).rejects.toThrow(`${taken} is taken`);
});

it('reads ports', () => {
  expect([readPort(undefined), readPort(''), readPort('0'), readPort('4050')]).toEqual([null, null, 0, 4050]);
  expect(() => readPort('many')).toThrow(/it is many/);
  expect(() => readPort('70000')).toThrow(RangeError);
});
