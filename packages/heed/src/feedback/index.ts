export { toFeedback, usualSource } from './request.ts';
export type { FeedbackOrigin, IncomingFeedback } from './request.ts';
export { readToken, signToken, tokenUseKey } from './token.ts';
export type { TokenPayload } from './token.ts';
export { toFeedbackValue } from './value.ts';
