/** What a reader can say of a paper; one at a time. */
export const reactionKinds = ['upvote', 'love', 'dismiss'] as const;
export type ReactionKind = (typeof reactionKinds)[number];

/** What a reader says of a paper now: `none` takes back what was said before. */
export type Reaction = ReactionKind | 'none';
