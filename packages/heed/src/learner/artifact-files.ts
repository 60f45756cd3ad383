import { unpackArrays } from '../math/index.ts';
import type { ArtifactContent } from '../spec/index.ts';

/**
 * The bytes of one of an artifact's files.
 * @throws TypeError where it has no such file.
 */
export function bytesOf({ files }: ArtifactContent, name: string): Uint8Array {
  const file = files.find((each) => each.name === name);
  if (file === undefined)
    throw new TypeError(
      `cannot go on from the artifact, as it must have a file ${name}: it has ${files.map((each) => each.name).join(', ')}`,
    );
  return file.bytes;
}

/** The arrays of one of an artifact's files. */
export function arraysOf(content: ArtifactContent, name: string): ReturnType<typeof unpackArrays> {
  return unpackArrays(bytesOf(content, name));
}
