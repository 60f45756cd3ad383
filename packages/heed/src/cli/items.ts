import type { Heed } from '../loop/index.ts';
import { UsageError } from './exit.ts';

/** The loop that was named, or the only one there is. */
export async function loopOf(heed: Heed, named: string | undefined): Promise<string> {
  if (named !== undefined) return named;
  const [only, ...others] = await heed.loops.list();
  if (only !== undefined && others.length === 0) return only.loop.name;
  throw new UsageError('say which loop with --loop, as there is more than one');
}
