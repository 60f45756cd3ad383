import type { KeyObject } from 'node:crypto';
import type { Clock, Learner, LoopConfiguration, NewId } from '../spec/index.ts';
import type { Store } from '../store/index.ts';
import type { SetPacker } from './candidate-sets.ts';
import type { ExperimentDefinition } from './experiment-request.ts';
import type { ItemCache } from './item-cache.ts';
import type { Registry } from './registry.ts';
import type { LoopValidators } from './validate.ts';
import type { WebhookDefinition } from './webhooks.ts';
import type { Pulse } from './vitals.ts';

/** One configured loop, ready to run. */
export interface RunningLoop {
  readonly configuration: LoopConfiguration;
  readonly version: string;
  readonly validators: LoopValidators;
  readonly learner: Learner<unknown>;
  /** As the loop's definition declares it; it is no part of the loop's version. */
  readonly experiment: ExperimentDefinition | null;
}

/** How trainings run. */
export interface TrainingSettings {
  /** Signals per learner update: bounds the memory of a training, whatever waits. Default 5,000. */
  readonly batchSignals: number;
  /** A training that takes longer keeps a checkpoint this often, from which another worker can go on. Default 10 s. */
  readonly checkpointEveryMs: number;
  /** A job whose worker is silent for this long is given to another. Default 60 s. */
  readonly leaseMs: number;
}

export const trainingDefaults: TrainingSettings = { batchSignals: 5_000, checkpointEveryMs: 10_000, leaseMs: 60_000 };

/** What every part of a running Heed needs. */
export interface Context {
  readonly store: Store;
  readonly registry: Registry;
  readonly loops: ReadonlyMap<string, RunningLoop>;
  readonly clock: Clock;
  readonly newId: NewId;
  /** A fresh sampler seed: 16 hexadecimal digits. */
  readonly newSeed: () => string;
  /** Packs a candidate set; the same set gives the same objects. */
  readonly packSet: SetPacker['packSet'];
  readonly packItems: SetPacker['packItems'];
  /** Registered items. */
  readonly items: ItemCache;
  readonly training: TrainingSettings;
  readonly webhooks: readonly WebhookDefinition[];
  /** How the worker of this process is. */
  readonly pulse: Pulse;
  readonly log: (line: string) => void;
  /** Signs feedback tokens. */
  readonly tokenSecret: KeyObject;
}
