import type { Context } from './context.ts';
import type { HeedEvent } from './heed.ts';

const channels = {
  decision: 'decision',
  feedback: 'feedback',
  release: 'release',
  experiment: 'experiment',
  artifact: 'artifact',
  subject: 'subjectState',
  job: 'job',
} as const;

/** Tells a listener of what happens on the store, by whichever process; returns how to stop. */
export function subscribe(
  { store, clock, log }: Pick<Context, 'store' | 'clock' | 'log'>,
  listener: (event: HeedEvent) => void,
): () => void {
  const stops = Object.entries(channels).map(([channel, type]) =>
    store.notifications.listen(channel as keyof typeof channels, ({ loop, id }) => {
      if (typeof id !== 'string') return;
      listener({
        type,
        loop: typeof loop === 'string' ? loop : null,
        id,
        at: new Date(clock()).toISOString(),
      });
    }),
  );
  for (const stop of stops) stop.catch((error: unknown) => log(`cannot listen for events: ${String(error)}`));
  return () => {
    for (const stop of stops) void stop.then((end) => end()).catch(() => undefined);
  };
}
