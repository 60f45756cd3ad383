import { Html } from './html.ts';

function icon(paths: string): Html {
  return new Html(
    `<svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">${paths}</svg>`,
  );
}

/** Drawn for this page, on a grid of 16. */
export const icons = {
  upvote: icon(
    '<path d="M8 2.6 13.6 10.4H2.4Z" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linejoin="round"/>',
  ),
  love: icon(
    '<path d="M8 13.4C3.9 10.6 2 8.6 2 6.2A3.1 3.1 0 0 1 8 4.9a3.1 3.1 0 0 1 6 1.3c0 2.4-1.9 4.4-6 7.2Z" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linejoin="round"/>',
  ),
  dismiss: icon(
    '<path d="M4 4l8 8M12 4l-8 8" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round"/>',
  ),
  comments: icon(
    '<path d="M2.5 3.5h11v7.2H8.2L5.2 13v-2.3H2.5Z" fill="none" stroke="currentColor" stroke-width="1.4" stroke-linejoin="round"/>',
  ),
} as const;
