import { createHash } from 'node:crypto';
import { z } from 'zod';
import { HeedError, explorationOfChoices, loopConfigurationSchema } from '../spec/index.ts';
import type { Guardrail, JsonObject, LoopConfiguration } from '../spec/index.ts';
import { canonicalJson } from './canonical-json.ts';
import type { GuardrailDefinition, LoopDefinition } from './define.ts';

/** What a loop has where its definition says nothing. The learner's and the exploration's own defaults are theirs. */
export const loopDefaults = {
  combine: 'sum',
  final: 'window',
  missing: 'wait',
  attributionWindowSeconds: 7 * 24 * 3600,
  baseline: { type: 'given' },
  leastProbability: 0,
  deadlineMs: 200,
  retentionDays: 400,
  bits: 18,
  seed: 0,
  learner: { name: 'contextual-bandit', options: {} },
  exploration: {
    choice: explorationOfChoices,
    slate: { name: 'plackett-luce', options: {} },
    free: { name: 'epsilon-greedy', options: {} },
  },
  promote: 'automatic',
  everySignals: 1_000,
  everySeconds: 3_600,
  leastSubjects: 0,
  gates: {
    apprentice: { decisions: 200 },
    shadow: { decisions: 200 },
    canary: { share: 0.1, leastSubjects: 1_000 },
    /** Of the reward's range. */
    toleranceShare: 0.02,
    alpha: 0.05,
    guardrailTolerance: 0.01,
    patienceSeconds: 30 * 24 * 3600,
  },
} as const;

/** Namespaces and crosses of a loop that declares none: the context, the candidate, and their product. */
const defaultNamespaces = {
  context: { from: 'context' },
  candidate: { from: 'candidate' },
  item: { from: 'item' },
} as const;
const defaultCrosses = [
  ['context', 'candidate'],
  ['context', 'item'],
];

/**
 * Turns a loop's definition into plain data with every default filled in.
 *
 * @throws HeedError `invalid-configuration` naming the loop, the field and what was expected.
 */
export function configureLoop(name: string, definition: LoopDefinition): LoopConfiguration {
  const { features, reward, release } = definition;
  const feedback = Object.entries(definition.feedback);
  const raw = {
    name,
    context: toJsonSchema(name, 'context', definition.context),
    candidate: toJsonSchema(name, 'candidate', definition.candidate),
    action: definition.action,
    feedback: Object.fromEntries(
      feedback.map(([key, { kind, value }]) => [
        key,
        { kind, value: value === undefined ? null : toJsonSchema(name, `feedback.${key}.value`, value) },
      ]),
    ),
    reward: {
      from: Object.fromEntries(
        feedback.flatMap(([key, { reward: term }]) => (term === undefined ? [] : [[key, term]])),
      ),
      combine: reward.combine ?? loopDefaults.combine,
      range: reward.range,
      final: reward.final ?? loopDefaults.final,
      missing: reward.missing ?? loopDefaults.missing,
    },
    attributionWindowSeconds: definition.attributionWindowSeconds ?? loopDefaults.attributionWindowSeconds,
    baseline: definition.baseline ?? loopDefaults.baseline,
    exclusions: definition.exclusions ?? [],
    leastProbability: definition.leastProbability ?? loopDefaults.leastProbability,
    deadlineMs: definition.deadlineMs ?? loopDefaults.deadlineMs,
    retentionDays: definition.retentionDays ?? loopDefaults.retentionDays,
    features: {
      namespaces: features?.namespaces ?? defaultNamespaces,
      crosses: features?.crosses ?? (features?.namespaces === undefined ? defaultCrosses : []),
      bits: features?.bits ?? loopDefaults.bits,
      seed: features?.seed ?? loopDefaults.seed,
    },
    learner: definition.learner ?? loopDefaults.learner,
    exploration: definition.exploration ?? loopDefaults.exploration[definition.action.type],
    release: {
      promote: release?.promote ?? loopDefaults.promote,
      everySignals: release?.everySignals ?? loopDefaults.everySignals,
      everySeconds: release?.everySeconds ?? loopDefaults.everySeconds,
      leastSubjects: release?.leastSubjects ?? loopDefaults.leastSubjects,
      ...(release?.promote === 'gated' && { gates: gatesOf(definition) }),
    },
  };
  const parsed = loopConfigurationSchema.safeParse(raw);
  if (!parsed.success)
    throw invalid(
      name,
      parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the loop'} ${issue.message}`).join('; '),
    );
  checkSense(parsed.data);
  return parsed.data;
}

/** The version of a loop: the first 16 hexadecimal digits of the SHA-256 of its configuration, keys sorted. */
export function loopVersion(configuration: LoopConfiguration): string {
  return createHash('sha256').update(canonicalJson(configuration)).digest('hex').slice(0, 16);
}

/** Guardrails with every default filled in. */
export function guardrailsOf(guardrails: readonly GuardrailDefinition[] = []): Guardrail[] {
  return guardrails.map(({ feedback, tolerance, higherIsBetter }) => ({
    feedback,
    tolerance: tolerance ?? loopDefaults.gates.guardrailTolerance,
    higherIsBetter: higherIsBetter ?? false,
  }));
}

function gatesOf({ release, reward, attributionWindowSeconds }: LoopDefinition): unknown {
  const { gates: defaults } = loopDefaults;
  const gates = release?.gates ?? {};
  return {
    apprentice: gates.apprentice ?? defaults.apprentice,
    shadow: gates.shadow ?? defaults.shadow,
    canary: {
      share: gates.canary?.share ?? defaults.canary.share,
      leastSubjects: gates.canary?.leastSubjects ?? defaults.canary.leastSubjects,
      outcomeSeconds: gates.canary?.outcomeSeconds ?? attributionWindowSeconds ?? loopDefaults.attributionWindowSeconds,
    },
    tolerance: gates.tolerance ?? defaults.toleranceShare * (reward.range[1] - reward.range[0]),
    alpha: gates.alpha ?? defaults.alpha,
    guardrails: guardrailsOf(gates.guardrails),
    patienceSeconds: gates.patienceSeconds ?? defaults.patienceSeconds,
  };
}

function checkSense(configuration: LoopConfiguration): void {
  const { name, reward, features } = configuration;
  const unknown = configuration.release.gates?.guardrails.find(({ feedback }) => !(feedback in configuration.feedback));
  if (unknown !== undefined)
    throw invalid(
      name,
      `release.gates.guardrails must name feedback of the loop (${Object.keys(configuration.feedback).join(', ')}): it names ${unknown.feedback}`,
    );
  const [least, largest] = reward.range;
  if (!(least < largest))
    throw invalid(name, `reward.range must run from a smaller to a larger number: it is [${least}, ${largest}]`);
  if (typeof reward.missing === 'object' && (reward.missing.default < least || reward.missing.default > largest)) {
    throw invalid(
      name,
      `reward.missing.default must lie in reward.range [${least}, ${largest}]: it is ${reward.missing.default}`,
    );
  }
  for (const cross of features.crosses) {
    for (const namespace of cross) {
      if (features.namespaces[namespace] === undefined)
        throw invalid(
          name,
          `features.crosses must name declared namespaces (${Object.keys(features.namespaces).join(', ')}): it names ${namespace}`,
        );
    }
  }
}

function toJsonSchema(loop: string, where: string, schema: z.ZodType): JsonObject {
  try {
    return JSON.parse(JSON.stringify(z.toJSONSchema(schema, { target: 'draft-7', io: 'input' }))) as JsonObject;
  } catch (cause) {
    throw new HeedError(
      'invalid-configuration',
      `cannot define the loop ${loop}, as ${where} must be a schema that JSON Schema can say: ${String(cause)}`,
      { cause },
    );
  }
}

function invalid(loop: string, what: string): HeedError {
  return new HeedError('invalid-configuration', `cannot define the loop ${loop}, as ${what}`);
}
