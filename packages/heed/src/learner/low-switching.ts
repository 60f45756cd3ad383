import type { ArtifactContent, Experience, JsonObject, Learner } from '../spec/index.ts';

/*
 * A learner whose policy changes seldom: around any other learner, which goes on learning all the time, while what acts
 * is exchanged at most `switches` times in every `horizon` experiences, at the ends of `switches + 1` equal batches.
 *
 * Arora, Dekel, Tewari 2012, Online bandit learning against an adaptive adversary, section 4 (batches of equal length).
 * Deviation: the budget begins anew with every further `horizon` experiences, as with every further day.
 */

export interface LowSwitchingOptions {
  /** Most exchanges of what acts within the horizon, a whole number from 1. */
  readonly switches: number;
  /** Experiences that the budget is for, at least switches + 1. */
  readonly horizon: number;
}

export interface LowSwitchingState<State> {
  /** What has learned from everything. */
  readonly inner: State;
  /** What acts: the inner artifact as it was at the last exchange. */
  readonly acting: ArtifactContent;
  readonly experiences: number;
  readonly switches: number;
}

const learningFile = 'learning';
const actingMetrics = 'low-switching';

/**
 * Wraps a learner so that what acts is exchanged at most `switches` times in every `horizon` experiences.
 * Its artifacts have the inner learner's format, and are read by the same policy: between two exchanges they act alike,
 * whatever has been learned since.
 *
 * @throws RangeError for a budget below 1, or a horizon too short for its batches.
 * @example
 * const calm = lowSwitching(contextualBanditLearner, { switches: 4, horizon: 10_000 });
 */
export function lowSwitching<State>(
  learner: Learner<State>,
  options: LowSwitchingOptions,
): Learner<LowSwitchingState<State>> {
  const { switches: budget, horizon } = options;
  if (!Number.isInteger(budget) || budget < 1)
    throw new RangeError(`cannot switch seldom, as switches must be a whole number from 1: it is ${budget}`);
  if (!Number.isInteger(horizon) || horizon < budget + 1)
    throw new RangeError(`cannot switch seldom, as the horizon must hold ${budget + 1} batches: it is ${horizon}`);

  return {
    name: learner.name,
    needs: (configuration) => learner.needs(configuration),
    init(configuration, seed) {
      const inner = learner.init(configuration, seed);
      return { inner, acting: learner.toArtifact(inner), experiences: 0, switches: 0 };
    },
    update(state, experiences) {
      let { inner, acting, experiences: count, switches } = state;
      let from = 0;
      while (from < experiences.length) {
        const part: readonly Experience[] = experiences.slice(from, from + untilExchange(count, options));
        inner = learner.update(inner, part);
        count += part.length;
        from += part.length;
        if (!isExchange(count, options)) continue;
        acting = learner.toArtifact(inner);
        switches += 1;
      }
      return { inner, acting, experiences: count, switches };
    },
    toArtifact: (state) => withLearning(state, learner.toArtifact(state.inner)),
    fromArtifact(configuration, content) {
      const { acting, learning, experiences, switches } = split(content);
      const inner = learner.fromArtifact(configuration, learning);
      return { inner, acting, experiences, switches };
    },
    subjects: learner.subjects,
    ...(learner.past !== undefined && { past: (configuration) => learner.past?.(configuration) ?? 0 }),
  };
}

/** Place within the budget's horizon at which the k-th exchange happens, k from 1 to the budget. */
function exchangeAt(k: number, { switches, horizon }: LowSwitchingOptions): number {
  return Math.floor((k * horizon) / (switches + 1));
}

function isExchange(count: number, options: LowSwitchingOptions): boolean {
  const place = count % options.horizon;
  return Array.from({ length: options.switches }, (_, k) => exchangeAt(k + 1, options)).includes(place);
}

/** Experiences left until the next exchange. */
function untilExchange(count: number, options: LowSwitchingOptions): number {
  const place = count % options.horizon;
  for (let k = 1; k <= options.switches; k += 1) {
    const at = exchangeAt(k, options);
    if (at > place) return at - place;
  }
  return options.horizon - place + exchangeAt(1, options);
}

/** The acting artifact, with all that learning needs in one file more. */
function withLearning<State>(
  { acting, experiences, switches }: LowSwitchingState<State>,
  learning: ArtifactContent,
): ArtifactContent {
  const head = {
    [actingMetrics]: { experiences, switches, metrics: acting.metrics },
    format: learning.format,
    formatVersion: learning.formatVersion,
    configuration: learning.configuration,
    metrics: learning.metrics,
    files: learning.files.map(({ name, bytes }) => ({ name, bytes: Buffer.from(bytes).toString('base64') })),
  };
  const bytes = new TextEncoder().encode(JSON.stringify(head));
  return {
    ...acting,
    files: [...acting.files, { name: learningFile, bytes }],
    metrics: { ...learning.metrics, experiences, switches },
  };
}

interface Head {
  readonly [actingMetrics]: {
    readonly experiences: number;
    readonly switches: number;
    readonly metrics: Record<string, number>;
  };
  readonly format: string;
  readonly formatVersion: number;
  readonly configuration: JsonObject;
  readonly metrics: Record<string, number>;
  readonly files: readonly { readonly name: string; readonly bytes: string }[];
}

/** Takes apart what `withLearning` joined; an artifact without that file acts and learns as it is. */
function split(content: ArtifactContent) {
  const file = content.files.find(({ name }) => name === learningFile);
  if (file === undefined) return { acting: content, learning: content, experiences: 0, switches: 0 };
  const { [actingMetrics]: own, files, ...head } = JSON.parse(new TextDecoder().decode(file.bytes)) as Head;
  const learning: ArtifactContent = {
    ...head,
    files: files.map(({ name, bytes }) => ({ name, bytes: new Uint8Array(Buffer.from(bytes, 'base64')) })),
  };
  const acting = { ...content, files: content.files.filter(({ name }) => name !== learningFile), metrics: own.metrics };
  return { acting, learning, experiences: own.experiences, switches: own.switches };
}
