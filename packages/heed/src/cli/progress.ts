import type { Terminal } from './terminal.ts';

/** One line that tells how far a command has come. */
export interface Progress {
  update(text: string): void;
  /** Takes the line away. */
  stop(): void;
}

const leastPauseMs = 80;

/**
 * Progress on standard error, where a person watches; silent elsewhere.
 * Plain text over itself: prompt libraries put the keyboard in raw mode for a spinner and leave with 0 at Ctrl-C, before the store is closed.
 */
export function createProgress(
  { err, watched, clock }: Pick<Terminal, 'err' | 'watched' | 'clock'>,
  label: string,
): Progress {
  if (!watched) return { update: () => undefined, stop: () => undefined };
  let shownAt = -Infinity;
  const show = (text: string): void => err(`\r\u001B[2K${label}${text === '' ? ' …' : `: ${text}`}`);
  show('');
  return {
    update(text) {
      if (clock() - shownAt < leastPauseMs) return;
      shownAt = clock();
      show(text);
    },
    stop: () => err('\r\u001B[2K'),
  };
}
