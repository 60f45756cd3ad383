import { userInfo } from 'node:os';
import type { Heed, MadeKey } from '../loop/index.ts';
import type { Action, Behaviour, Decision, Feedback, FeedbackTarget, Signal } from '../spec/index.ts';
import { short } from './output.ts';

const longest = 60;

/** An action in a few words. */
export function actionText(action: Action): string {
  switch (action.type) {
    case 'choice':
      return cut(action.item);
    case 'slate':
      return cut(action.items.join(', '));
    case 'vector':
      return cut(`[${action.values.map(short).join(', ')}]`);
    case 'message':
      return cut(JSON.stringify(action.raw));
    case 'tokens':
      return typeof action.tokens === 'string'
        ? `tokens ${action.tokens.slice(0, 12)}`
        : `${action.tokens.length} tokens`;
    case 'blob':
      return `${action.mediaType} ${action.blob.slice(0, 12)}`;
  }
}

/** The joint probability of what was done, `null` where nobody knows it. */
export function probabilityOf({ logProbability }: Behaviour): number | null {
  return logProbability === null ? null : Math.exp(logProbability);
}

/** What a target is, without what is long. */
export function targetText(target: FeedbackTarget): string {
  switch (target.type) {
    case 'decision':
      return 'the decision';
    case 'item':
      return cut(target.item);
    case 'alternative':
      return `not taken: ${actionText(target.action)}`;
    case 'span':
      return `${target.unit} ${target.from}–${target.to}`;
    case 'episode':
      return `episode ${target.episode}`;
    case 'feedback':
      return `${target.relation} ${target.feedback}`;
    case 'artifact':
      return `artifact ${target.artifact}`;
    case 'loop':
      return target.item === undefined ? `the loop ${target.loop}` : `${cut(target.item)} in ${target.loop}`;
    case 'subject':
      return target.item === undefined ? target.subject : `${cut(target.item)} for ${target.subject}`;
    case 'content':
      return 'content of its own';
  }
}

/** A feedback's value as a person reads it. */
export function valueText(value: Feedback['value']): string {
  switch (value.type) {
    case 'number':
      return short(value.number);
    case 'vector':
      return cut(JSON.stringify(value.numbers));
    case 'category':
      return value.category;
    case 'probability':
      return short(value.probability);
    case 'ranking':
      return value.ranks.join(', ');
    case 'text':
      return cut(JSON.stringify(value.text));
    case 'content':
      return `${value.parts.length} parts`;
  }
}

/** A signal's value as a person reads it. */
export function rewardText(value: Signal['value']): string | null {
  if (value === null) return null;
  if (value.kind !== 'reward') return value.kind;
  return Object.entries(value.rewards)
    .map(([name, reward]) => (name === 'reward' ? short(reward) : `${name} ${short(reward)}`))
    .join(', ');
}

/** Decisions, newest first, read page by page. */
export async function* latestDecisions(
  heed: Heed,
  { loop, most }: { readonly loop?: string | undefined; readonly most: number },
): AsyncGenerator<Decision> {
  let after: string | undefined;
  for (let left = most; left > 0;) {
    const page = await heed.decisions.list({ loop, after, limit: Math.min(left, 1_000) });
    yield* page.rows;
    left -= page.rows.length;
    if (page.next === null) return;
    after = page.next;
  }
}

/** A key that was just made: its secret is never shown again. */
export function madeKeyText({ key, secret }: MadeKey): string {
  return `${secret}\n(the key ${key.name}, ${key.id}: keep it now, as it is shown this once)`;
}

/** Who sits at this machine, as the one who promotes and rolls back. */
export function operator(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under an id that has no name.
    return `user ${process.getuid?.() ?? ''}`.trim();
  }
}

function cut(text: string): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}
