import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import type { PackTest } from './steps.ts';

/** The client, minified and compressed, is loaded by pages: it stays small. */
const largestClientBytes = 10_000;

/** Bundles `import 'heed/client'` for a browser; whatever needs Node.js does not bundle. */
async function bundleClient(resolveFrom: string, entry = 'heed/client'): Promise<Uint8Array> {
  const { outputFiles } = await build({
    stdin: { contents: `export * from ${JSON.stringify(entry)};`, resolveDir: resolveFrom },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    write: false,
    logLevel: 'silent',
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error('the bundle must have one file: it has none');
  return file.contents;
}

export async function checkBrowserBundle({ consumer }: Pick<PackTest, 'consumer'>, entry?: string): Promise<string> {
  const bundle = await bundleClient(consumer, entry).catch((error: unknown) => {
    throw new Error(`the client must bundle for a browser: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  });
  const compressed = gzipSync(bundle, { level: 9 }).length;
  if (compressed > largestClientBytes)
    throw new Error(
      `the client must have at most ${largestClientBytes} bytes, minified and compressed: it has ${compressed}`,
    );
  return `${compressed} bytes compressed`;
}
