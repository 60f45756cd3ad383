import type { Feedback, FeedbackTarget } from './feedback.ts';

/** The category that says of a decision as a whole: its answer came too late or never, and was not shown. */
export const unshownCategory = 'unshown';

/** Whether a feedback says that this decision was not shown, so that nothing may be learned from its silence. */
export function saysUnshown(
  { kind, source, value }: Pick<Feedback, 'kind' | 'source' | 'value'>,
  targets: readonly FeedbackTarget[],
  decision: string,
): boolean {
  return (
    kind === 'verdict' &&
    source.type === 'system' &&
    value.type === 'category' &&
    value.category === unshownCategory &&
    targets.some((target) => target.type === 'decision' && target.decision === decision)
  );
}
