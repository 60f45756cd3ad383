import { createReadStream } from 'node:fs';
import { HeedError } from '../spec/index.ts';

/**
 * The lines of a text file, as they are asked for. Only line feeds end them: Node's own reader also breaks JSON at the
 * separators U+2028 and U+2029, which a text in it may have.
 *
 * @throws HeedError `invalid-input` with the line from which on the file is not UTF-8.
 */
export async function* linesOf(path: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let [rest, line] = ['', 0];
  for await (const bytes of createReadStream(path) as AsyncIterable<Buffer>) {
    const parts = `${rest}${decode(bytes)}`.split('\n');
    rest = parts.pop() ?? '';
    line += parts.length;
    yield* parts;
  }
  rest += decode(null);
  if (rest !== '') yield rest;

  function decode(bytes: Uint8Array | null): string {
    try {
      return bytes === null ? decoder.decode() : decoder.decode(bytes, { stream: true });
    } catch (cause) {
      throw new HeedError(
        'invalid-input',
        `cannot read on from line ${line + 1}, as the file must be UTF-8: it is not`,
        {
          cause,
        },
      );
    }
  }
}
