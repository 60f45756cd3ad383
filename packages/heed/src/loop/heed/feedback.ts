import type { IncomingFeedback } from '../../feedback/index.ts';
import type { Feedback } from '../../spec/index.ts';
import type { FeedbackInput, HeedConfig } from '../define.ts';
import type { ListOptions, Page } from './pages.ts';

/**
 * A judgement. It names its target by `token`, by `decision` (and `item`), or by `targets`;
 * and what it is by the loop's own `name`, or by `kind`.
 */
export interface FeedbackRequest extends IncomingFeedback {
  readonly loop?: string | undefined;
  readonly token?: string | undefined;
}

export interface FeedbackReply {
  readonly feedback: string;
  /** `duplicate`: the same key was accepted before; nothing was stored again. */
  readonly status: 'accepted' | 'duplicate';
}

/** What takes judgements. */
export interface Judging<Config extends HeedConfig> {
  feedback(requests: readonly FeedbackInput<Config>[]): Promise<FeedbackReply[]>;
  readonly feedbacks: {
    get(id: string): Promise<Feedback>;
    list(options?: ListOptions & { readonly decision?: string | undefined }): Promise<Page<Feedback>>;
  };
}
