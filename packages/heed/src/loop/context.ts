import type { Clock, Learner, LoopConfiguration, NewId } from '../spec/index.ts';
import type { Store } from '../store/index.ts';
import type { SetPacker } from './candidate-sets.ts';
import type { ItemCache } from './item-cache.ts';
import type { Registry } from './registry.ts';
import type { LoopValidators } from './validate.ts';

/** One configured loop, ready to run. */
export interface RunningLoop {
  readonly configuration: LoopConfiguration;
  readonly version: string;
  readonly validators: LoopValidators;
  readonly learner: Learner<unknown>;
}

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
  readonly log: (line: string) => void;
  /** Signs feedback tokens. */
  readonly tokenSecret: Uint8Array;
}
