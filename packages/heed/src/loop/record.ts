import { HeedError, decisionSchema, partSchema } from '../spec/index.ts';
import type { Behaviour, Decision, JsonObject, Part } from '../spec/index.ts';
import type { Context, RunningLoop } from './context.ts';
import { resolveCandidates } from './candidates.ts';
import { contextPart, decisionHead, payloadHash, tokenFor } from './decide.ts';
import type { RecordReply, RecordRequest } from './heed.ts';

/** Stores a decision that was made elsewhere. */
export async function record(context: Context, loop: RunningLoop, request: RecordRequest): Promise<RecordReply> {
  const parts = contextParts(loop, request.context);
  const packed = request.candidates === undefined ? null : await resolveCandidates(context, loop, request.candidates);
  const head = decisionHead(context, loop, request);
  const decision: Decision = {
    ...head,
    origin: request.origin ?? 'recorded',
    artifact: null,
    subjectState: null,
    context: parts,
    candidates: packed === null ? null : { set: packed.blob.hash, count: packed.candidates.length, excluded: [] },
    action: request.action,
    behaviour: behaviourOf(request),
    decidedAt: request.decidedAt ?? head.decidedAt,
    heldFrom: request.heldFrom ?? null,
    heldUntil: request.heldUntil ?? null,
  };
  checkRecord(loop, decision);
  const { stored } = await context.store.decisions.insert(decision, {
    idempotency:
      request.idempotencyKey === undefined
        ? undefined
        : { key: request.idempotencyKey, payload: payloadHash('record', request) },
    blobs: packed === null ? [] : [packed.blob],
  });
  return { decision: stored.id, token: tokenFor(context, loop, stored) };
}

/** What the caller alone knows of the decision must fit its record. */
const told = decisionSchema.pick({
  id: true,
  action: true,
  behaviour: true,
  decidedAt: true,
  heldFrom: true,
  heldUntil: true,
  parents: true,
  observations: true,
});

function checkRecord({ configuration }: RunningLoop, decision: Decision): void {
  const parsed = told.safeParse(decision);
  if (parsed.success) return;
  const [issue] = parsed.error.issues;
  throw new HeedError(
    'invalid-input',
    `cannot record in the loop ${configuration.name}, as ${issue?.path.join('.')} must fit the record: ${issue?.message}`,
  );
}

function contextParts(loop: RunningLoop, given: JsonObject | readonly Part[]): Part[] {
  if (Array.isArray(given)) {
    const parsed = partSchema.array().safeParse(given);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw new HeedError(
      'invalid-input',
      `cannot record in the loop ${loop.configuration.name}, as context must be parts: ${issue?.path.join('.')} ${issue?.message}`,
    );
  }
  loop.validators.context(given);
  return [contextPart(given as JsonObject)];
}

function behaviourOf({ behaviour, probability }: RecordRequest): Behaviour {
  if (behaviour !== undefined) return behaviour;
  if (probability === undefined) return { kind: 'unknown', logProbability: null };
  if (!(probability > 0 && probability <= 1))
    throw new HeedError(
      'invalid-input',
      `cannot record this decision, as probability must lie in (0, 1]: it is ${probability}`,
    );
  return { kind: 'exact', logProbability: Math.log(probability) };
}
