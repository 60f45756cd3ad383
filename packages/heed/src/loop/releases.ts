import { HeedError } from '../spec/index.ts';
import type { Artifact, Release } from '../spec/index.ts';
import { release } from './artifacts.ts';
import type { Context } from './context.ts';

/** How many release rows a roll-back looks through for what served before. */
const lookBack = 1_000;

/** Puts a stored artifact into service. */
export async function promote(
  context: Context,
  id: string,
  reason: { readonly by: string; readonly why: string },
): Promise<Release> {
  const artifact = await context.store.artifacts.get(id);
  if (artifact === null)
    throw new HeedError('not-found', `cannot promote the artifact ${id}, as it must be in the store: it is not`);
  if (artifact.role !== 'policy')
    throw new HeedError(
      'artifact-not-promotable',
      `cannot promote the artifact ${id}, as it must be a policy: it is a ${artifact.role}`,
    );
  return release(context, artifact, 'full', reason);
}

/** Puts back what served before the artifact that serves now, and marks that one as rolled back. */
export async function rollback(
  context: Context,
  loop: string,
  reason: { readonly by: string; readonly why: string },
): Promise<Release> {
  const { store } = context;
  return store.transaction(async (transaction) => {
    const serving = await store.releases.latest(loop, 'full', transaction);
    if (serving === null)
      throw new HeedError(
        'nothing-to-roll-back',
        `cannot roll back the loop ${loop}, as an artifact must serve it: none does`,
      );
    const { items } = await store.releases.list({ loop, limit: lookBack });
    const earlier = before(items, serving);
    if (earlier === null)
      throw new HeedError(
        'nothing-to-roll-back',
        `cannot roll back the loop ${loop}, as another artifact must have served before ${serving.artifact}: none has`,
      );
    const named = (id: string): Pick<Artifact, 'id' | 'loop'> => ({ id, loop });
    await release(context, named(serving.artifact), 'rolledBack', reason, transaction);
    return release(context, named(earlier), 'full', reason, transaction);
  });
}

/** The last artifact that served before `serving` and was not itself rolled back since; releases are newest first. */
function before(releases: readonly Release[], serving: Release): string | null {
  const rolledBack = new Set<string>([serving.artifact]);
  for (const { artifact, step } of releases) {
    if (step === 'rolledBack') rolledBack.add(artifact);
    if (step === 'full' && !rolledBack.has(artifact)) return artifact;
  }
  return null;
}
