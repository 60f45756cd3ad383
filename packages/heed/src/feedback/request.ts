import { HeedError, feedbackSchema, schemaVersion, targetKey } from '../spec/index.ts';
import type { Feedback, FeedbackKind, FeedbackTarget, JsonValue, LoopConfiguration } from '../spec/index.ts';
import { toFeedbackValue } from './value.ts';

/** A judgement as it comes in: it names its targets by `decision` (and `item`), by `targets` or both, and what it is by `name` or by `kind`. */
export interface IncomingFeedback {
  readonly decision?: string | undefined;
  readonly item?: string | undefined;
  readonly targets?: readonly FeedbackTarget[] | undefined;
  readonly name?: string | undefined;
  readonly kind?: FeedbackKind | undefined;
  readonly value?: JsonValue | undefined;
  readonly source?: Feedback['source'] | undefined;
  readonly subject?: string | undefined;
  readonly observedAt?: string | undefined;
  /** When it stops to hold, where it does. */
  readonly expiresAt?: string | undefined;
  readonly idempotencyKey?: string | undefined;
}

export interface FeedbackOrigin {
  readonly configuration: LoopConfiguration;
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly receivedAt: string;
}

/** Whoever sends feedback without saying who judged is taken for a person who saw all that was shown. */
export const usualSource: Feedback['source'] = { type: 'person', seen: 'everything' };

/**
 * Makes the record of a judgement.
 *
 * @throws HeedError `invalid-input` where it names no target, a name that the loop does not declare, another kind than
 *   the declared one (but `retraction`, which takes back what was said under that name), or holds what does not fit the record.
 */
export function toFeedback(request: IncomingFeedback, { configuration, id, receivedAt }: FeedbackOrigin): Feedback {
  const kind = kindOf(request, configuration);
  const name = request.name ?? null;
  const record: Feedback = {
    schemaVersion,
    id,
    loop: configuration.name,
    targets: targetsOf(request),
    kind,
    name,
    value: toFeedbackValue(request.value, kind, name),
    source: request.source ?? usualSource,
    subject: request.subject ?? null,
    observedAt: request.observedAt === undefined ? receivedAt : toTime(request.observedAt, 'observedAt'),
    receivedAt,
    ...(request.expiresAt === undefined ? {} : { expiresAt: toTime(request.expiresAt, 'expiresAt') }),
    idempotencyKey: request.idempotencyKey ?? null,
  };
  const parsed = feedbackSchema.safeParse(record);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new HeedError(
      'invalid-input',
      `cannot take this feedback, as ${issue?.path.join('.') ?? 'it'} must fit the record: ${issue?.message ?? 'it does not'}`,
    );
  }
  if (parsed.data.value.type === 'ranking' && parsed.data.value.ranks.length !== parsed.data.targets.length) {
    throw new HeedError(
      'invalid-input',
      `cannot take this feedback, as a ranking must have one rank per target (${parsed.data.targets.length}): it has ${parsed.data.value.ranks.length}`,
    );
  }
  return parsed.data;
}

function kindOf({ name, kind }: IncomingFeedback, { name: loop, feedback }: LoopConfiguration): FeedbackKind {
  if (name === undefined) {
    if (kind !== undefined) return kind;
    throw new HeedError(
      'invalid-input',
      `cannot take this feedback, as it must say what it is by name (${Object.keys(feedback).join(', ')}) or by kind: it has neither`,
    );
  }
  const declared = Object.hasOwn(feedback, name) ? feedback[name] : undefined;
  if (declared === undefined) {
    throw new HeedError(
      'invalid-input',
      `cannot take this feedback, as name must be one that the loop ${loop} declares (${Object.keys(feedback).join(', ')}): it is ${name}`,
    );
  }
  if (kind === undefined || kind === declared.kind || kind === 'retraction') return kind ?? declared.kind;
  throw new HeedError(
    'invalid-input',
    `cannot take this feedback, as the kind of ${name} must be ${declared.kind} (or retraction): it is ${kind}`,
  );
}

function targetsOf({ decision, item, targets = [] }: IncomingFeedback): FeedbackTarget[] {
  if (decision === undefined && item !== undefined) {
    throw new HeedError(
      'invalid-input',
      `cannot take this feedback, as an item must be one of a decision's: ${item} comes without decision`,
    );
  }
  const named: FeedbackTarget[] =
    decision === undefined
      ? []
      : [item === undefined ? { type: 'decision', decision } : { type: 'item', decision, item }];
  const all = [...new Map([...named, ...targets].map((target) => [targetKey(target), target])).values()];
  if (all.length === 0)
    throw new HeedError(
      'invalid-input',
      'cannot take this feedback, as it must name what it judges by decision, token or targets: it names nothing',
    );
  return all;
}

function toTime(text: string, field: string): string {
  const time = Date.parse(text);
  if (!Number.isNaN(time)) return new Date(time).toISOString();
  throw new HeedError(
    'invalid-input',
    `cannot take this feedback, as ${field} must be a time in ISO 8601: it is ${text}`,
  );
}
