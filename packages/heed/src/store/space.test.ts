import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { createSpaceCheck } from './space.ts';

test('a disk with room takes writes, and another machine is not asked', async () => {
  await expect(createSpaceCheck(tmpdir())()).resolves.toBeUndefined();
  await expect(createSpaceCheck(null)()).resolves.toBeUndefined();
});

// A file system of the kernel's own has no room at all.
test.skipIf(process.platform !== 'linux')('a disk without room is refused, with what is free', async () => {
  await expect(createSpaceCheck('/proc')()).rejects.toMatchObject({
    code: 'storage-full',
    message: 'cannot store anything, as the disk must have 64 MiB free: it has 0',
  });
});
