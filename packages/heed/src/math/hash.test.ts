import { expect, test } from 'vitest';
import { combineHashes, hashName } from './index.ts';

test('hashName agrees with the published vectors of MurmurHash3', () => {
  expect(hashName('', 0)).toBe(0);
  expect(hashName('', 1)).toBe(0x514e28b7);
  expect(hashName('test', 0)).toBe(0xba6bd213);
  expect(hashName('test', 0x9747b28c)).toBe(0x704b81dc);
  expect(hashName('Hello, world!', 0)).toBe(0xc0363e43);
  expect(hashName('Hello, world!', 0x9747b28c)).toBe(0x24884cba);
  expect(hashName('aaa', 0x9747b28c)).toBe(0x283e0130);
  expect(hashName('The quick brown fox jumps over the lazy dog', 0x9747b28c)).toBe(0x2fa826cd);
});

test('hashName reads UTF-8, and texts longer than its buffer', () => {
  expect(hashName('ππππππππ', 0x9747b28c)).toBe(0xd58063c1);
  expect(hashName('x'.repeat(5_000), 3)).toBe(hashName('x'.repeat(5_000), 3));
  expect(hashName('x'.repeat(5_000), 3)).not.toBe(hashName('x'.repeat(4_999), 3));
});

test('combineHashes keeps the order of its members and stays unsigned', () => {
  expect(combineHashes(1, 2)).toBe(16_777_617);
  expect(combineHashes(2, 1)).toBe(33_555_239);
  expect(combineHashes(0xffffffff, 0)).toBe(2 ** 32 - 16_777_619);
});
