import { createBalancedWeights, createRewardModel, evaluationDefaults } from '../../evaluation/index.ts';
import type { BalancedWeights, EvaluationOptions, RewardModel } from '../../evaluation/index.ts';
import { faultOfDistribution } from '../../evaluation/release/index.ts';
import { HeedError } from '../../spec/index.ts';
import type { EvaluationReport, LoopConfiguration, Policy, PolicyRequest } from '../../spec/index.ts';
import type { LoadedArtifact } from '../artifacts.ts';
import type { Context, RunningLoop } from '../context.ts';
import type { ServingState } from '../serving-state.ts';
import { codeVersion } from '../version.ts';
import type { CaseLog } from './cases.ts';
import { createFileLog } from './file-log.ts';
import { createIntake, refusing } from './files.ts';
import { toReport } from './report.ts';
import type { EvaluateOptions } from './request.ts';
import { pushCase } from './scored.ts';
import { asksOf, createSlateModel } from './slate-model.ts';
import type { SlateModel } from './slate-model.ts';
import { createStoreLog } from './store-log.ts';

/**
 * Estimates what an artifact would have earned in place of whatever decided, from the loop's settled rewards in the store or
 * from a file. The log is read twice: for the reward model and for what is in it, then to evaluate; both in bounded memory.
 *
 * @throws HeedError `not-found`, `artifact-not-promotable` for what is no policy, `invalid-input` where nothing can be used.
 */
export async function evaluate(
  context: Context,
  state: ServingState,
  loop: RunningLoop,
  options: EvaluateOptions = {},
): Promise<EvaluationReport> {
  const { configuration } = loop;
  const { name } = configuration;
  const loaded = await policyOf(context, state, loop, options.artifact);
  const log =
    options.file === undefined
      ? await createStoreLog(context, state, loop, options)
      : createFileLog(options.file, options);
  const { policy } = loaded;
  if (configuration.action.type === 'slate' && policy.marginal !== undefined)
    throw new HeedError(
      'invalid-input',
      `cannot evaluate the artifact ${loaded.artifact.id}, as the probabilities of its slates must be exact: they are Monte-Carlo estimates, whose errors the estimators of slates cannot follow`,
    );

  const seen = await look(log, configuration, policy, options);
  const leastProbability = options.leastProbability ?? log.leastProbability();
  const asked: EvaluationOptions = {
    estimators: options.estimators,
    intervals: options.intervals,
    level: options.level,
    resamples: options.resamples,
    seed: options.seed,
    rewardRange: rangeOf(configuration),
    leastProbability,
    actionName: seen.nameOf,
  };
  const intake = createIntake({
    ...asked,
    slates: configuration.action.type === 'slate',
    skipBadRows: options.file === undefined || options.skipBadRows,
  });
  const scoring = {
    policy,
    model: seen.model,
    balanced: seen.balanced,
    clustered: seen.clustered,
    estimated: seen.estimated,
    numberOf: seen.numberOf,
    prefixes: seen.prefixes,
    slateModel: seen.slateModel,
    places:
      seen.places &&
      (options.attention !== undefined ||
        options.estimators?.some((each) => each === 'slateIndependent' || each === 'slatePosition') === true),
    attention: options.attention ?? null,
  };
  await refusing(() =>
    log.read((logged) => {
      pushCase(logged, scoring, intake.push);
    }),
  );
  intake.end();
  const { computedFrom, leftOut, unanswered } = log.facts();
  return toReport(
    { ...intake.outcome(), leftOut, unanswered },
    {
      id: context.newId(),
      loop: name,
      artifact: loaded.artifact.id,
      computedFrom: {
        ...computedFrom,
        loopVersion: loop.version,
        codeVersion,
        seed: options.seed ?? evaluationDefaults.seed,
        resamples: options.resamples ?? evaluationDefaults.resamples,
        leastProbability,
        rewardModel: seen.model !== null || seen.slateModel !== null,
        ...(options.estimators !== undefined && { estimators: [...options.estimators] }),
      },
      createdAt: new Date(context.clock()).toISOString(),
    },
  );
}

/** Evaluates, and keeps the report. */
export async function evaluateAndKeep(
  context: Context,
  state: ServingState,
  loop: RunningLoop,
  options?: EvaluateOptions,
): Promise<EvaluationReport> {
  const report = await evaluate(context, state, loop, options);
  await context.store.evaluationReports.insert(report);
  return report;
}

/** The artifact that is asked for, or the one that serves: whatever it was made for, as long as it is a policy. */
async function policyOf(
  { store }: Context,
  state: ServingState,
  loop: RunningLoop,
  id: string | undefined,
): Promise<LoadedArtifact> {
  if (id === undefined) return state.serving(loop);
  const artifact = await store.artifacts.get(id);
  if (artifact === null)
    throw new HeedError('not-found', `cannot evaluate the artifact ${id}, as it must be in the store: it is not`);
  if (artifact.role !== 'policy')
    throw new HeedError(
      'artifact-not-promotable',
      `cannot evaluate the artifact ${id}, as it must be a policy: it is a ${artifact.role}`,
    );
  return state.artifact(id);
}

/** What the rewards of a decision, or of a whole slate, lie between. */
function rangeOf({ action, reward: { range } }: LoopConfiguration): readonly [number, number] {
  if (action.type !== 'slate') return range;
  // A slate may be shorter.
  return [Math.min(0, range[0]) * action.size, Math.max(0, range[1]) * action.size];
}

/** `null` where the policy cannot decide, which is told when it is evaluated. */
function sharesOf(policy: Policy, request: PolicyRequest): Float64Array | null {
  try {
    const shares = policy.distribution(request);
    return faultOfDistribution(request, shares) === null ? shares : null;
  } catch {
    return null;
  }
}

interface Seen {
  readonly model: RewardModel | null;
  readonly balanced: BalancedWeights | null;
  readonly clustered: boolean;
  readonly estimated: boolean;
  /** Whether most slates are known place by place, and whether most were filled by a policy of the store. */
  readonly prefixes: boolean;
  readonly places: boolean;
  readonly slateModel: SlateModel | null;
  readonly numberOf: (item: string) => number;
  readonly nameOf: (number: number) => string;
}

const mostNumbers = 4_096;
/** Times that a policy is asked about one slate, unless a model of the places is asked for by name. */
const mostAsks = 1_000;

/** Reads the log once: fits the reward model, and finds out whether decisions are for subjects, and what is known of them. */
async function look(
  log: CaseLog,
  configuration: LoopConfiguration,
  policy: Policy,
  options: EvaluateOptions,
): Promise<Seen> {
  const { reward, features, action } = configuration;
  const wanted = options.rewardModel !== false && action.type !== 'slate';
  const model = wanted ? createRewardModel({ loss: 'logistic', rewardRange: reward.range, features }) : null;
  const balanced =
    action.type !== 'slate' && options.estimators?.includes('balancedIps') === true
      ? createBalancedWeights({ features })
      : null;
  const numbers = new Map<string, number>();
  const cascade = options.estimators?.includes('slateCascadeDr');
  const slateModel =
    action.type === 'slate' && options.rewardModel !== false && cascade !== false
      ? createSlateModel({ features, rewardRange: reward.range }, action.size)
      : null;
  let [clustered, estimated] = [false, false];
  let [slates, known, own, asks] = [0, 0, 0, 0];
  await log.read((logged) => {
    if ('fault' in logged) return;
    const { subject, unit, request, action: done, rewards, acted, probabilityError } = logged;
    clustered ||= subject !== null;
    estimated ||= probabilityError !== null;
    if (done.type !== 'choice') {
      slates += 1;
      if (acted !== null) known += 1;
      if (acted !== null && acted.policy !== null) own += 1;
      asks = Math.max(asks, asksOf(request.candidates.length, done.items.length));
      const numbersAlone = rewards.every((each) => typeof each === 'number' && Number.isFinite(each));
      if (numbersAlone) slateModel?.learn(unit, request, done.items, rewards as readonly number[]);
      return;
    }
    if (numbers.size < mostNumbers && !numbers.has(done.item)) numbers.set(done.item, numbers.size);
    const taken = request.candidates.find(({ item }) => item === done.item);
    const [got] = rewards;
    const [least, largest] = reward.range;
    // What is wrong with a row is told when it is evaluated.
    if (taken === undefined || !(typeof got === 'number' && got >= least && got <= largest)) return;
    model?.learn(unit, request, taken, got);
    if (balanced === null) return;
    const shares = sharesOf(policy, request);
    const evaluated = request.candidates.map((item, place) => ({ item, share: shares?.[place] ?? 0 }));
    if (shares !== null) balanced.learn(unit, request, taken, evaluated);
  });
  const names = [...numbers.keys()];
  return {
    model,
    balanced,
    clustered,
    estimated,
    // Of a few that somebody else filled nobody may know more than the whole: they are left out then.
    prefixes: known > 0 && 2 * known >= slates,
    places: own > 0 && 2 * own >= slates,
    slateModel: cascade === true || asks <= mostAsks ? slateModel : null,
    // All others are one: they are too many to be told apart.
    numberOf: (item) => numbers.get(item) ?? mostNumbers,
    nameOf: (number) => names[number] ?? 'of many others',
  };
}
