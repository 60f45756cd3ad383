import type { z } from 'zod';
import { HeedError } from '../spec/index.ts';
import type { ArtifactContent } from '../spec/index.ts';

/**
 * Reads an artifact's configuration.
 * @param what the kind of artifact, for the message: "a contextual bandit".
 * @throws HeedError `invalid-configuration` where it does not fit the schema.
 */
export function readConfiguration<Schema extends z.ZodType>(
  artifact: string,
  content: ArtifactContent,
  schema: Schema,
  what: string,
): z.output<Schema> {
  const parsed = schema.safeParse(content.configuration);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new HeedError(
    'invalid-configuration',
    `cannot read the artifact ${artifact}, as its configuration must be that of ${what}: ${issue?.path.join('.')} ${issue?.message}`,
  );
}

/**
 * The bytes of one of an artifact's files.
 * @throws HeedError `not-found` where it has no such file.
 */
export function fileNamed(artifact: string, { files }: ArtifactContent, name: string): Uint8Array {
  const file = files.find((each) => each.name === name);
  if (file === undefined)
    throw new HeedError(
      'not-found',
      `cannot read the artifact ${artifact}, as it must have a file ${name}: it has ${files.map((each) => each.name).join(', ')}`,
    );
  return file.bytes;
}
