import { HeedError } from '../spec/index.ts';
import type { ArtifactContent, Learner, LoopConfiguration, Policy, PolicyFormat } from '../spec/index.ts';
import {
  autoregressiveLearner,
  baggingLearner,
  batchErmLearner,
  contextualBanditLearner,
  dLinUcbLearner,
  dynLinUcbLearner,
  exp3Learner,
  klUcbLearner,
  lastSwitchLearner,
  linUcbLearner,
  linearThompsonLearner,
  lowSwitchingLearner,
  lowSwitchingName,
  onlineCoverLearner,
  regCbLearner,
  switchingCostsLearner,
  thompsonLearner,
  ucb1Learner,
} from '../learner/index.ts';
import {
  armsFormat,
  autoregressiveFormat,
  batchEnsembleFormat,
  batchErmFormat,
  contextualBanditFormat,
  dynamicalLinearFormat,
  ensembleFormat,
  lastSwitchFormat,
  linearPosteriorFormat,
  switchingCostsFormat,
} from '../policy/index.ts';

/** Learners and policy formats by name; users add their own through `createHeed`'s options. */
export interface Registry {
  learner(configuration: LoopConfiguration): Learner<unknown>;
  /** Reads an artifact's content into the policy that acts by it. */
  read(artifact: string, content: ArtifactContent): Policy;
}

const ownLearners: readonly Learner<unknown>[] = [
  contextualBanditLearner,
  lastSwitchLearner,
  linUcbLearner,
  linearThompsonLearner,
  baggingLearner,
  onlineCoverLearner,
  regCbLearner,
  batchErmLearner,
  ucb1Learner,
  klUcbLearner,
  thompsonLearner,
  exp3Learner,
  dynLinUcbLearner,
  dLinUcbLearner,
  autoregressiveLearner,
  switchingCostsLearner,
];
const ownFormats: readonly PolicyFormat[] = [
  contextualBanditFormat,
  lastSwitchFormat,
  linearPosteriorFormat,
  ensembleFormat,
  batchEnsembleFormat,
  batchErmFormat,
  armsFormat,
  dynamicalLinearFormat,
  autoregressiveFormat,
  switchingCostsFormat,
];

/**
 * Joins Heed's own learners and formats with the user's; a name given twice means the user's.
 */
export function createRegistry(
  extra: {
    readonly learners?: readonly Learner<unknown>[] | undefined;
    readonly formats?: readonly PolicyFormat[] | undefined;
  } = {},
): Registry {
  const learners = new Map([...ownLearners, ...(extra.learners ?? [])].map((learner) => [learner.name, learner]));
  const formats = new Map([...ownFormats, ...(extra.formats ?? [])].map((format) => [format.format, format]));

  return {
    learner(configuration) {
      const named = (name: string): Learner<unknown> => {
        const found = learners.get(name);
        if (found !== undefined) return found;
        throw new HeedError(
          'invalid-configuration',
          `cannot run the loop ${configuration.name}, as learner.name must be one of ${[...learners.keys(), lowSwitchingName].join(', ')}: it is ${name}`,
        );
      };
      const { name } = configuration.learner;
      const learner: Learner<unknown> =
        name === lowSwitchingName ? lowSwitchingLearner(configuration, named) : named(name);
      const needs = learner.needs(configuration);
      if (needs.propensity && configuration.action.type === 'free') {
        throw new HeedError(
          'learner-needs-unmet',
          `cannot run the loop ${configuration.name}, as its learner ${learner.name} needs the probability of each action: a loop with free actions has none`,
        );
      }

      if (needs.signal !== 'reward')
        throw new HeedError(
          'learner-needs-unmet',
          `cannot run the loop ${configuration.name}, as a learner must be one of rewards: ${learner.name} needs the signal ${needs.signal}, which no training hands out yet`,
        );
      return learner;
    },
    read(artifact, content) {
      const format = formats.get(content.format);
      if (format === undefined || !format.formatVersions.includes(content.formatVersion)) {
        throw new HeedError(
          'not-found',
          `cannot read the artifact ${artifact}, as its format must be known here: it is ${content.format} version ${content.formatVersion}`,
        );
      }
      return format.read(artifact, content);
    },
  };
}
