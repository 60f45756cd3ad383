import { saysUnshown } from '../spec/index.ts';
import type { Activation, Decision, Feedback, FeedbackTarget, LoopConfiguration, SignalValue } from '../spec/index.ts';
import type { Judgement } from './standing.ts';

/** What comes after a decision in its episode: the next decision, or the end. */
export interface Succession {
  readonly next: string | null;
  readonly terminal: boolean;
}

/** All that bears on one decision's signals. The order of `feedback` never matters. */
export interface Evidence {
  readonly configuration: LoopConfiguration;
  readonly decision: Decision;
  /** When a deferred decision was shown; `null` where it was not, or not yet. */
  readonly activation: Activation | null;
  /** Feedback that names the decision, and all that retracts or supersedes such feedback, and so on. */
  readonly feedback: readonly Feedback[];
  /** Where known: only transitions need it. */
  readonly succession?: Succession | undefined;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Evidence with its feedback weighed: what stands of it, oldest first. */
export interface WeighedEvidence extends Omit<Evidence, 'feedback'> {
  readonly judgements: readonly Judgement[];
}

/** What the evidence says of one target. */
export interface Outcome {
  readonly status: 'provisional' | 'final' | 'defaulted' | 'censored';
  readonly value: SignalValue | null;
  /** Epoch milliseconds; a function of the rows alone, so that it does not depend on when they arrived. */
  readonly availableAt: number;
  /** The feedback that the value was made from. */
  readonly used: readonly Feedback[];
}

/** How one kind of signal is derived: pure functions of the evidence. */
export interface Derivation {
  /** The targets that may have a signal of this kind. */
  readonly targets: (decision: Decision, judgements: readonly Judgement[]) => FeedbackTarget[];
  /** What the evidence says of a target; `null` where there is nothing to say. */
  readonly outcome: (evidence: WeighedEvidence, target: FeedbackTarget) => Outcome | null;
}

/** When evidence about a decision begins: when it was made or, where deferred, shown; `null` while it was not, and where its asker says that it never was. */
export function startOf({
  decision,
  activation,
  judgements,
}: Pick<WeighedEvidence, 'decision' | 'activation' | 'judgements'>): number | null {
  if (judgements.some(({ feedback, targets, stands }) => stands && saysUnshown(feedback, targets, decision.id)))
    return null;
  if (decision.activation === 'immediate') return Date.parse(decision.decidedAt);
  return activation === null ? null : Date.parse(activation.activatedAt);
}

/** When the attribution window of evidence closes: `start + attributionWindowSeconds`; `null` where it has not begun. */
export function closeOf(
  evidence: Pick<WeighedEvidence, 'decision' | 'activation' | 'judgements' | 'configuration'>,
): number | null {
  const start = startOf(evidence);
  return start === null ? null : start + evidence.configuration.attributionWindowSeconds * 1_000;
}
