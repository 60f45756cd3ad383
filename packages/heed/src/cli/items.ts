import { UsageError } from './exit.ts';
import type { Session } from './session.ts';

/** The loop that was named, or the only one there is. */
export async function loopOf(session: Session, named: string | undefined): Promise<string> {
  if (named !== undefined) return named;
  const { config } = await session.config();
  const [only, ...others] = Object.keys(config.loops);
  if (only !== undefined && others.length === 0) return only;
  throw new UsageError('say which loop with --loop, as there is more than one');
}
