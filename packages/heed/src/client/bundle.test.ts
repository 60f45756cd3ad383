import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

const largestBytes = 10_000;

test('the client bundles for a browser, small and without anything of Node', async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: [fileURLToPath(new URL('./index.ts', import.meta.url))],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    write: false,
    metafile: true,
  });
  const [bundle] = outputFiles;
  expect(
    Object.keys(metafile.inputs).filter((path) => path.includes('node_modules') || path.startsWith('node:')),
  ).toEqual([]);
  expect(gzipSync(bundle?.contents ?? '').length).toBeLessThanOrEqual(largestBytes);
  expect(gzipSync(bundle?.contents ?? '').length).toBeGreaterThan(1_000);
});
