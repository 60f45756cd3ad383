/** The loop of `heed.config.ts` that orders papers. */
export const loopName = 'papers';
