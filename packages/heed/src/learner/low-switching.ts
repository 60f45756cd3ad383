import { z } from 'zod';
import { HeedError, namedOptionsSchema } from '../spec/index.ts';
import type {
  ArtifactContent,
  Experience,
  JsonObject,
  Learner,
  LearnerNeeds,
  LoopConfiguration,
  NamedOptions,
} from '../spec/index.ts';
import { parseOptions } from './parse-options.ts';

/*
 * A learner whose policy changes seldom: around any other learner, which goes on learning all the time, while what acts
 * is exchanged at most `switches` times: in every `horizon` experiences, at the ends of `switches + 1` equal batches; or in
 * every `perSeconds` seconds, by trainings that lie `perSeconds / switches` apart at least.
 *
 * Arora, Dekel, Tewari 2012, Online bandit learning against an adaptive adversary, section 4 (batches of equal length).
 * Deviations: 1. the budget begins anew with every further `horizon` experiences, as with every further day. 2. What acts
 * must go where it has learned from somebody who was forgotten: that exchange is made at once, and the next one left out.
 */

export const lowSwitchingName = 'low-switching';

const schema = z
  .strictObject({
    learner: namedOptionsSchema,
    switches: z.number().int().min(1),
    horizon: z.number().int().min(2).nullable().default(null),
    perSeconds: z.number().positive().nullable().default(null),
  })
  .refine(({ horizon, perSeconds }) => (horizon === null) !== (perSeconds === null), {
    message: 'one of horizon and perSeconds must be given',
  })
  .refine(({ horizon, switches }) => horizon === null || horizon > switches, {
    message: 'the horizon must be longer than the number of switches',
    path: ['horizon'],
  })
  .refine(({ learner }) => learner.name !== lowSwitchingName, {
    message: 'must be another learner',
    path: ['learner', 'name'],
  });
type Options = z.output<typeof schema>;

export type LowSwitchingInput = Omit<z.input<typeof schema>, 'learner'>;

export interface LowSwitchingState<State> {
  /** What has learned from everything. */
  readonly inner: State;
  /** What acts: the inner artifact as it was at the last exchange. */
  readonly acting: ArtifactContent;
  readonly progress: Progress;
  /** When the exchange before this training was (epoch milliseconds): one training makes one exchange. */
  readonly before: number | null;
  /** Whether what acts was exchanged in this training: it is then settled with what has been learned. */
  readonly renewed: boolean;
}

interface Progress {
  /** Experiences with what was chosen. */
  readonly experiences: number;
  readonly switches: number;
  /** Exchanges made out of turn, which are still to be left out. */
  readonly owed: number;
  /** When the last exchange was (epoch milliseconds). */
  readonly exchangedAt: number | null;
}

const learningFile = lowSwitchingName;

/**
 * Any learner, but what acts is exchanged at most `switches` times: in every `horizon` experiences, or in every
 * `perSeconds` seconds by the time of the trainings. Between two exchanges all decisions are alike, whatever has been
 * learned since; artifacts are of the inner learner's format.
 *
 * @param learner as the loop would name it by itself; without a part that keeps to each subject.
 * @param options.switches a whole number from 1.
 * @param options.horizon experiences that the budget is for, above `switches`; exchanges come after equal batches.
 * @param options.perSeconds seconds that the budget is for, instead of experiences.
 * @throws HeedError `invalid-configuration` for a budget below 1 or a horizon too short for it.
 * @example
 * const learner = lowSwitching(contextualBandit(), { switches: 3, perSeconds: 86_400 });
 */
export function lowSwitching(learner: NamedOptions, options: LowSwitchingInput) {
  return { name: lowSwitchingName, options: parseOptions(lowSwitchingName, schema, { ...options, learner }) } as const;
}

/**
 * Makes the learner called `low-switching` for one loop.
 * @param learnerNamed finds the learner inside by its name.
 * @throws HeedError `invalid-configuration` for options out of range.
 */
export function lowSwitchingLearner(
  { learner: outer }: Pick<LoopConfiguration, 'learner'>,
  learnerNamed: (name: string) => Learner<unknown>,
): Learner<LowSwitchingState<unknown>> {
  const options = parseOptions(lowSwitchingName, schema, outer.options);
  const learner = learnerNamed(options.learner.name);
  const inside = (configuration: LoopConfiguration): LoopConfiguration => ({
    ...configuration,
    learner: options.learner,
  });

  function needs(configuration: LoopConfiguration): LearnerNeeds {
    const subjectKey = learner.subjects?.key(inside(configuration)) ?? null;
    if (subjectKey !== null)
      throw new HeedError(
        'invalid-configuration',
        `cannot run the loop ${configuration.name}, as what acts must stay the same between exchanges: a part of ${learner.name} keeps to each subject, and changes with each answer`,
      );
    return learner.needs(inside(configuration));
  }

  function exchanged(state: LowSwitchingState<unknown>, now: number | null): LowSwitchingState<unknown> {
    const { progress, inner } = state;
    if (progress.owed > 0) return { ...state, progress: { ...progress, owed: progress.owed - 1 } };
    const again = now !== null && progress.exchangedAt !== state.before;
    return {
      ...state,
      acting: learner.toArtifact(inner),
      renewed: true,
      progress: { ...progress, switches: progress.switches + (again ? 0 : 1), exchangedAt: now },
    };
  }

  function updateByExperiences(
    state: LowSwitchingState<unknown>,
    experiences: readonly Experience[],
    horizon: number,
  ): LowSwitchingState<unknown> {
    let current = state;
    let from = 0;
    while (from < experiences.length) {
      const left = untilExchange(current.progress.experiences, options.switches, horizon);
      const to = endOf(experiences, from, left);
      const part = experiences.slice(from, to);
      from = to;
      const taken = part.filter(isTaken).length;
      const { progress } = current;
      const learned = {
        ...current,
        inner: learner.update(current.inner, part),
        progress: { ...progress, experiences: progress.experiences + taken },
      };
      current = taken === left ? exchanged(learned, null) : learned;
    }
    return current;
  }

  function updateByTime(
    state: LowSwitchingState<unknown>,
    experiences: readonly Experience[],
    spacingMs: number,
    now: number | undefined,
  ): LowSwitchingState<unknown> {
    const { progress } = state;
    const learned = {
      ...state,
      inner: learner.update(state.inner, experiences),
      progress: { ...progress, experiences: progress.experiences + experiences.filter(isTaken).length },
    };
    if (now === undefined || (state.before !== null && now < state.before + spacingMs)) return learned;
    return exchanged(learned, now);
  }

  return {
    name: lowSwitchingName,
    needs,
    init(configuration, seed) {
      const inner = learner.init(inside(configuration), seed);
      const progress = { experiences: 0, switches: 0, owed: 0, exchangedAt: null };
      return { inner, acting: learner.toArtifact(inner), progress, before: null, renewed: false };
    },
    update(state, experiences, now) {
      return options.horizon === null
        ? updateByTime(state, experiences, spacingOf(options), now)
        : updateByExperiences(state, experiences, options.horizon);
    },
    async settle(state) {
      const inner = (await learner.settle?.(state.inner)) ?? state.inner;
      if (inner === state.inner) return state;
      return { ...state, inner, acting: state.renewed ? learner.toArtifact(inner) : state.acting };
    },
    toArtifact: (state) => withLearning(state, learner.toArtifact(state.inner)),
    fromArtifact(configuration, content) {
      const { acting, learning, progress } = split(content);
      const inner = learner.fromArtifact(inside(configuration), learning);
      return { inner, acting, progress, before: progress.exchangedAt, renewed: false };
    },
    retrained(state, content, now) {
      const { progress } = split(content);
      const owing = options.horizon === null ? progress.owed : progress.owed + 1;
      const earliest = progress.exchangedAt === null ? now : progress.exchangedAt + spacingOf(options);
      return {
        ...state,
        acting: learner.toArtifact(state.inner),
        progress: {
          experiences: progress.experiences,
          switches: progress.switches + 1,
          owed: owing,
          exchangedAt: options.horizon === null ? Math.max(now, earliest) : null,
        },
      };
    },
    subjects: null,
    past: (configuration) => learner.past?.(inside(configuration)) ?? 0,
    ...(learner.alternatives === true && { alternatives: true }),
  };
}

/** Milliseconds between two exchanges at least: in any stretch of `perSeconds` there are `switches` then, and no more. */
function spacingOf({ perSeconds, switches }: Options): number {
  return ((perSeconds ?? 0) * 1_000) / switches;
}

function isTaken({ taken }: Experience): boolean {
  return taken !== false;
}

/** Where so many experiences with what was chosen end, from a place on. */
function endOf(experiences: readonly Experience[], from: number, count: number): number {
  let left = count;
  for (let at = from; at < experiences.length; at += 1) {
    if (experiences[at]?.taken !== false) left -= 1;
    if (left === 0) return at + 1;
  }
  return experiences.length;
}

/** Experiences left until the next exchange: the k-th of a horizon comes after `⌊k · horizon / (switches + 1)⌋`. */
function untilExchange(count: number, switches: number, horizon: number): number {
  const place = count % horizon;
  for (let k = 1; k <= switches; k += 1) {
    const at = Math.floor((k * horizon) / (switches + 1));
    if (at > place) return at - place;
  }
  return horizon - place + Math.floor(horizon / (switches + 1));
}

/** The acting artifact, with all that learning needs in one file more. */
function withLearning({ acting, progress }: LowSwitchingState<unknown>, learning: ArtifactContent): ArtifactContent {
  const head: Head = {
    progress,
    metrics: acting.metrics,
    learning: {
      format: learning.format,
      formatVersion: learning.formatVersion,
      configuration: learning.configuration,
      metrics: learning.metrics,
      files: learning.files.map(({ name, bytes }) => ({ name, base64: Buffer.from(bytes).toString('base64') })),
    },
  };
  const bytes = new TextEncoder().encode(JSON.stringify(head));
  const { experiences, switches } = progress;
  return {
    ...acting,
    files: [...acting.files, { name: learningFile, bytes }],
    metrics: { ...learning.metrics, experiences, switches },
  };
}

interface Head {
  readonly progress: Progress;
  /** Of the artifact that acts. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly learning: {
    readonly format: string;
    readonly formatVersion: number;
    readonly configuration: JsonObject;
    readonly metrics: Readonly<Record<string, number>>;
    readonly files: readonly { readonly name: string; readonly base64: string }[];
  };
}

/** Takes apart what `withLearning` joined; an artifact without that file acts and learns as it is. */
function split(content: ArtifactContent): {
  readonly acting: ArtifactContent;
  readonly learning: ArtifactContent;
  readonly progress: Progress;
} {
  const file = content.files.find(({ name }) => name === learningFile);
  if (file === undefined)
    return {
      acting: content,
      learning: content,
      progress: { experiences: 0, switches: 0, owed: 0, exchangedAt: null },
    };
  const { progress, metrics, learning } = JSON.parse(new TextDecoder().decode(file.bytes)) as Head;
  return {
    acting: { ...content, metrics, files: content.files.filter(({ name }) => name !== learningFile) },
    learning: {
      ...learning,
      files: learning.files.map(({ name, base64 }) => ({ name, bytes: new Uint8Array(Buffer.from(base64, 'base64')) })),
    },
    progress,
  };
}
