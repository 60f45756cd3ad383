import { expect, test } from 'vitest';
import { WorkerClient } from './worker-client.ts';

test('a worker that ends by itself fails what waits and what comes after, and says so', async () => {
  const client = new WorkerClient(new URL('./testing-crashing-worker.ts', import.meta.url));
  const first = client.enqueue(() => client.run(1));
  const second = client.enqueue(() => client.run(1));
  for (const request of [first, second]) {
    await expect(request).rejects.toMatchObject({ code: 'worker_ended' });
    await expect(request).rejects.toThrow('the worker thread must live: it ended with 3');
  }
  await client.close();
});

test('a worker that cannot start fails what waits', async () => {
  const client = new WorkerClient(new URL('./no-such-worker.ts', import.meta.url));
  await expect(client.enqueue(() => client.run(1))).rejects.toMatchObject({ code: 'worker_ended' });
  await client.close();
});
