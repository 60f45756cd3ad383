import type { Decision, Feedback } from '../../spec/index.ts';

/** What is held about a subject. */
export interface SubjectHoldings {
  readonly subject: string;
  readonly counts: SubjectCounts;
  /** What loops keep about the subject: their newest states, without the statistics themselves. */
  readonly subjectStates: readonly {
    readonly loop: string;
    readonly key: string;
    /** Experiences that the newest state has taken. */
    readonly counter: number;
    readonly updatedAt: string;
    readonly states: number;
  }[];
  readonly decisions: readonly Decision[];
  readonly feedback: readonly Feedback[];
  /** Pass as `after` for the next page; `null` at the end. */
  readonly next: string | null;
}

export interface SubjectCounts {
  readonly decisions: number;
  readonly feedback: number;
  readonly signals: number;
  readonly subjectStates: number;
}

/** What was forgotten, and what had learned from it. */
export interface SubjectDeletion extends SubjectCounts {
  /** Artifacts trained on the subject's signals, and those trained on from them. */
  readonly artifacts: readonly string[];
  /** Trainings from the start, without the subject, that were queued. */
  readonly jobs: readonly string[];
}

export interface Subjects {
  /** Everything that is held about a subject, page by page. */
  get(
    id: string,
    options?: { readonly after?: string | undefined; readonly limit?: number | undefined },
  ): Promise<SubjectHoldings>;
  /** Destroys the subject's key, so that nothing personal of it can be read again, and queues the trainings that go without it. */
  delete(id: string): Promise<SubjectDeletion>;
}
