import type { z } from 'zod';
import { HeedError } from '../spec/index.ts';
import type {
  Baseline,
  Condition,
  FeedbackKind,
  FeedbackValue,
  JsonValue,
  Namespace,
  RewardTerm,
} from '../spec/index.ts';
import type { ExperimentDefinition } from './experiment-request.ts';
import type { FeedbackRequest } from './heed.ts';
import type { WebhookDefinition } from './webhooks.ts';

/** One kind of feedback that a loop takes, under a name of the user's. */
export interface FeedbackDefinition {
  readonly kind: FeedbackKind;
  /** Schema of its value; left out where saying it is all there is (an upvote). */
  readonly value?: z.ZodType | undefined;
  /** What it adds to the reward: a constant, a linear map of its number, or a number per category. Left out: nothing. */
  readonly reward?: RewardTerm | undefined;
}

/** An algorithm by its registered name, with options. Made by `contextualBandit(…)`, `squareCb(…)` and the like. */
export interface Named {
  readonly name: string;
  readonly options: { readonly [option: string]: JsonValue };
}

/** A loop as a user writes it. Everything but the schemas, the feedback and the reward range has a default. */
export interface LoopDefinition {
  /** Schema of what a decision is made on. */
  readonly context: z.ZodType;
  /** Schema of a candidate's features. */
  readonly candidate: z.ZodType;
  /** `choice`: one candidate; `slate`: an ordered list of `size`; `free`: made elsewhere and recorded here. */
  readonly action:
    | { readonly type: 'choice' }
    | { readonly type: 'slate'; readonly size: number }
    | { readonly type: 'free' };
  readonly feedback: { readonly [name: string]: FeedbackDefinition };
  readonly reward: {
    /** Declared range of one target's reward: [least, largest]. */
    readonly range: readonly [number, number];
    readonly combine?: 'sum' | 'newest' | 'largest' | 'smallest' | undefined;
    readonly final?: 'feedback' | 'window' | undefined;
    readonly missing?: 'wait' | 'censor' | { readonly default: number } | undefined;
  };
  readonly attributionWindowSeconds?: number | undefined;
  readonly baseline?: Baseline | undefined;
  readonly exclusions?: readonly Condition[] | undefined;
  readonly leastProbability?: number | undefined;
  readonly deadlineMs?: number | undefined;
  readonly retentionDays?: number | undefined;
  readonly features?:
    | {
        readonly namespaces?:
          | {
              readonly [name: string]: {
                readonly from: Namespace['from'];
                readonly fields?: readonly string[] | undefined;
                readonly normalise?: boolean | undefined;
              };
            }
          | undefined;
        readonly crosses?: readonly (readonly string[])[] | undefined;
        readonly bits?: number | undefined;
        readonly seed?: number | undefined;
      }
    | undefined;
  readonly learner?: Named | undefined;
  readonly exploration?: Named | undefined;
  readonly release?:
    | {
        readonly promote?: 'automatic' | 'manual' | 'gated' | undefined;
        /** For `gated`: what a new policy must show before it serves. Each has a default. */
        readonly gates?: GatesDefinition | undefined;
        readonly everySignals?: number | undefined;
        readonly everySeconds?: number | undefined;
        readonly leastSubjects?: number | undefined;
      }
    | undefined;
  /** Policies side by side, each for its share of the subjects: started once, by the first process that runs the loop. */
  readonly experiment?: ExperimentDefinition | undefined;
}

/** Feedback whose share of the subjects must not move to the bad side. */
export interface GuardrailDefinition {
  /** Name of a feedback of the loop. */
  readonly feedback: string;
  /** Default 0.01: one subject in a hundred more may say so. */
  readonly tolerance?: number | undefined;
  readonly higherIsBetter?: boolean | undefined;
}

/** What a new policy must show on its way into service; `loopDefaults.gates` has what is left out. */
export interface GatesDefinition {
  readonly apprentice?: { readonly decisions: number } | undefined;
  readonly shadow?: { readonly decisions: number } | undefined;
  readonly canary?:
    | {
        readonly share?: number | undefined;
        readonly leastSubjects?: number | undefined;
        /** Default: the attribution window. */
        readonly outcomeSeconds?: number | undefined;
      }
    | undefined;
  /** In units of reward. Default: 2 % of its range. */
  readonly tolerance?: number | undefined;
  readonly alpha?: number | undefined;
  readonly guardrails?: readonly GuardrailDefinition[] | undefined;
  readonly patienceSeconds?: number | undefined;
}

/** Which loops serve requests as Azure Personalizer took them. */
export interface PersonalizerDefinition {
  /** A loop of choices. */
  readonly loop: string;
  /** A loop of choices for multi-slot requests, one decision a slot. Default: the same. */
  readonly multiSlotLoop?: string | undefined;
  /** The feedback, of both loops, that a reward is given as; its value is the number. Default `reward`. */
  readonly feedback?: string | undefined;
  /** Of several rewards for one event: the first counts, or their sum (the loop must then `combine` by `sum`). Default `first`. */
  readonly rewardAggregation?: 'first' | 'sum' | undefined;
}

/** The same, with its defaults filled in. */
export type Personalizer = {
  readonly [Field in keyof PersonalizerDefinition]-?: Exclude<PersonalizerDefinition[Field], undefined>;
};

/** The content of `heed.config.ts`. */
export interface HeedConfig {
  readonly loops: { readonly [name: string]: LoopDefinition };
  /** Serve Personalizer's routes too. Left out: there are none. */
  readonly personalizer?: PersonalizerDefinition | undefined;
  /** Who is told of feedback, releases and experiments. */
  readonly webhooks?: readonly WebhookDefinition[] | undefined;
}

/**
 * Declares the loops of a product. Returns what it was given, with its exact type, so that `createClient<typeof config>()` knows every field.
 *
 * @throws HeedError `invalid-configuration` when there is no loop.
 * @example
 * const config = defineHeed({
 *   loops: {
 *     greeting: {
 *       context: z.object({ hour: z.number() }),
 *       candidate: z.object({ tone: z.string() }),
 *       action: { type: 'choice' },
 *       feedback: { thumb: { kind: 'reaction', reward: 1 } },
 *       reward: { range: [0, 1], missing: { default: 0 } },
 *     },
 *   },
 * });
 */
export function defineHeed<const Config extends HeedConfig>(config: Config): Config {
  if (Object.keys(config.loops).length === 0) {
    throw new HeedError(
      'invalid-configuration',
      'cannot define Heed, as loops must name at least one loop: it is empty',
    );
  }
  return config;
}

export type LoopName<Config extends HeedConfig> = keyof Config['loops'] & string;
export type ContextInput<Config extends HeedConfig, Name extends LoopName<Config>> = z.input<
  Config['loops'][Name]['context']
>;
export type CandidateInput<Config extends HeedConfig, Name extends LoopName<Config>> = z.input<
  Config['loops'][Name]['candidate']
>;

type ValueInput<Definition extends FeedbackDefinition> = Definition['value'] extends z.ZodType
  ? { readonly value: z.input<Definition['value']> }
  : { readonly value?: FeedbackValue | JsonValue | undefined };

type NamedFeedback<Loop extends LoopDefinition> = {
  [Name in keyof Loop['feedback'] & string]: { readonly name: Name } & ValueInput<Loop['feedback'][Name]>;
}[keyof Loop['feedback'] & string];

type Addressed = Omit<FeedbackRequest, 'loop' | 'name' | 'value'>;

/** Feedback by one of a loop's own names, with its value's type; or any kind of feedback, without a name. */
export type FeedbackInput<Config extends HeedConfig> = {
  [Name in LoopName<Config>]:
    | (Addressed & { readonly loop: Name } & NamedFeedback<Config['loops'][Name]>)
    | (Addressed & {
        readonly loop: Name;
        readonly kind: FeedbackKind;
        readonly name?: undefined;
        readonly value?: FeedbackValue | JsonValue | undefined;
      });
}[LoopName<Config>];
