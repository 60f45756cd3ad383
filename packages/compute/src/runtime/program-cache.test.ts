import { afterAll, expect, test } from 'vitest';
import { linearModel } from '../onnx/testing-models.ts';
import { createProgramCache } from './program-cache.ts';
import type { CompiledProgram } from './program.ts';
import { createRuntime } from './runtime.ts';

const runtime = createRuntime();
afterAll(() => runtime.close());

function cacheOf(capacity: number): {
  cache: ReturnType<typeof createProgramCache<CompiledProgram>>;
  loaded: number[];
} {
  const loaded: number[] = [];
  const load = async (dimensions: Readonly<Record<string, number>>): Promise<CompiledProgram> => {
    loaded.push(dimensions.B ?? -1);
    return runtime.load(linearModel, { dimensions });
  };
  return { cache: createProgramCache({ capacity, load }), loaded };
}

const rowsOf = (program: CompiledProgram): Promise<number | undefined> =>
  program.runAndRead({ x: program.inputs.x?.data ?? new Float32Array() }, ({ y }) => (y?.length ?? 0) / 3);

test('programs are loaded once and the least recently used goes', async () => {
  const { cache, loaded } = cacheOf(2);
  for (const B of [1, 2, 1, 4, 1, 2]) expect(await cache.use({ B }, rowsOf)).toBe(B);
  expect(loaded).toStrictEqual([1, 2, 4, 2]);
  expect(cache.size()).toBe(2);
  await cache.close();
});

test('a program in use is not closed under its user', async () => {
  const { cache, loaded } = cacheOf(1);
  const rows = await cache.use({ B: 8 }, async (program) => {
    await Promise.all([1, 2, 3].map((B) => cache.use({ B }, rowsOf)));
    return rowsOf(program);
  });
  expect(rows).toBe(8);
  expect(loaded).toStrictEqual([8, 1, 2, 3]);
  expect(cache.size()).toBe(1);
  await cache.close();
});

test('what could not be loaded is tried again', async () => {
  const { cache, loaded } = cacheOf(2);
  await expect(cache.use({ C: 1 }, rowsOf)).rejects.toThrow('has B');
  await expect(cache.use({ C: 1 }, rowsOf)).rejects.toThrow('has B');
  expect(loaded).toHaveLength(2);
  expect(cache.size()).toBe(0);
  expect(() => cacheOf(0)).toThrow('a whole number from 1');
});
