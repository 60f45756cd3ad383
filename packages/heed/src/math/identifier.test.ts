import { expect, test } from 'vitest';
import { createIds, idAfter } from './identifier.ts';

const uuid7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const milliseconds = Date.UTC(2026, 0, 6, 9, 30, 0, 123);

test('an id is laid out as worked by hand', () => {
  const words = [0x0000_0401, 0x2abc_def0, 0x1234_5678];
  const newId = createIds(
    () => milliseconds,
    (all) => all.set(words),
  );
  // The counter is 0x401 · 2^30 + 0x2abcdef0.
  const time = milliseconds.toString(16).padStart(12, '0');
  expect(newId()).toBe(`${time.slice(0, 8)}-${time.slice(8)}-7401-aabc-def012345678`);
});

test('ids of one moment differ and grow, also past the low half of the counter and where the clock goes back', () => {
  let now = milliseconds;
  const newId = createIds(
    () => now,
    (words) => words.fill(0xffff_ffff),
  );
  const ids = Array.from({ length: 3_000 }, (_, index) => {
    if (index === 1_500) now -= 3_600_000;
    return newId();
  });
  expect(ids.filter((id) => !uuid7.test(id))).toEqual([]);
  expect(ids.toSorted()).toEqual(ids);
  expect(new Set(ids).size).toBe(3_000);
});

test('ids of a later moment are larger', () => {
  let now = milliseconds;
  const newId = createIds(
    () => (now += 1),
    (words) => crypto.getRandomValues(words),
  );
  const ids = Array.from({ length: 1_000 }, newId);
  expect(ids.toSorted()).toEqual(ids);
});

test('what must come after an id does, also where the clock of its process is behind', () => {
  const earlier = '0198ffff-ffff-7401-aabc-def012345678';
  expect(idAfter(null, earlier)).toBe(earlier);
  expect(idAfter('0198ffff-fffe-7401-aabc-def012345678', earlier)).toBe(earlier);
  expect(idAfter(earlier, '0198ffff-fff0-7123-8abc-000000000000')).toBe('01990000-0000-7123-8abc-000000000000');
  expect(idAfter(earlier, earlier) > earlier).toBe(true);
});
