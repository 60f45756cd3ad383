import { expect, test } from 'vitest';
import { idSchema } from '../spec/index.ts';
import { createIds } from './id.ts';

test('an id is a UUIDv7 of the time it was made', () => {
  const milliseconds = Date.UTC(2026, 0, 6, 9, 30, 0, 123);
  const id = createIds(() => milliseconds)();
  expect(idSchema.parse(id)).toBe(id);
  expect(id.slice(0, 8) + id.slice(9, 13)).toBe(milliseconds.toString(16).padStart(12, '0'));
  expect(id[14]).toBe('7');
  expect('89ab').toContain(id[19]);
});

test('two ids of one moment differ', () => {
  const newId = createIds(() => 0);
  expect(newId()).not.toBe(newId());
});
