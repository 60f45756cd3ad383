import { assignArm } from '../evaluation/experiment/index.ts';
import { schemaVersion } from '../spec/index.ts';
import type { Experiment } from '../spec/index.ts';
import type { LoadedArtifact } from './artifacts.ts';
import type { Context, RunningLoop } from './context.ts';

/** Subjects whose arm is kept in memory. */
const keptSubjects = 50_000;
/** A subject that was forgotten, and comes back, is written down again after this long. */
const rememberedMs = 3_600_000;

/** A running experiment with the policies of its arms; `null`: the baseline. */
export interface LoadedExperiment {
  readonly experiment: Experiment;
  readonly arms: ReadonlyMap<string, LoadedArtifact | null>;
}

/** The arm that a subject's decision is made in. */
export interface ServedArm {
  readonly experiment: string;
  readonly name: string;
  readonly loaded: LoadedArtifact | null;
}

/** What is decided, as far as its arm goes by it. */
export interface Asked {
  readonly subject: string;
  readonly decidedAt: string;
  /** Nothing is to be stored. */
  readonly dryRun: boolean;
}

/**
 * Loads the experiment that runs in a loop; `null` where none does, or where it was declared for another version of the loop.
 *
 * @param before what was loaded last: its arms never change.
 */
export async function loadExperiment(
  { store }: Pick<Context, 'store'>,
  { configuration, version }: RunningLoop,
  artifact: (id: string) => Promise<LoadedArtifact>,
  before: LoadedExperiment | null,
): Promise<LoadedExperiment | null> {
  const experiment = await store.experiments.running(configuration.name);
  if (experiment === null || experiment.loopVersion !== version) return null;
  if (experiment.id === before?.experiment.id) return before;
  const arms = await Promise.all(
    experiment.arms.map(
      async (arm) => [arm.name, arm.artifact === null ? null : await artifact(arm.artifact)] as const,
    ),
  );
  return { experiment, arms: new Map(arms) };
}

/** Which arm each subject is in: by the salted hash, and by the row that was written of it first. */
export type ArmAssigner = (loaded: LoadedExperiment, asked: Asked) => Promise<ServedArm>;

export function createArmAssigner({ store, newId, clock }: Pick<Context, 'store' | 'newId' | 'clock'>): ArmAssigner {
  const known = new Map<string, { readonly arm: Promise<string>; readonly askedAt: number }>();

  async function assign({ id, salt, unit, arms }: Experiment, { subject, decidedAt }: Asked): Promise<string> {
    const { arm } = await store.assignments.assign({
      schemaVersion,
      id: newId(),
      experiment: id,
      salt,
      unit,
      subject,
      arm: assignArm(salt, subject, arms),
      firstSeenAt: decidedAt,
    });
    return arm;
  }

  /** Asks the store once for each subject and experiment, as long as the subject is remembered. */
  function assigned(experiment: Experiment, asked: Asked): Promise<string> {
    const key = `${experiment.id} ${asked.subject}`;
    const before = known.get(key);
    if (before !== undefined && clock() - before.askedAt < rememberedMs) return before.arm;
    const arm = assign(experiment, asked);
    known.delete(key);
    known.set(key, { arm, askedAt: clock() });
    arm.catch(() => known.delete(key));
    for (const oldest of known.keys()) {
      if (known.size <= keptSubjects) break;
      known.delete(oldest);
    }
    return arm;
  }

  return async ({ experiment, arms }, asked) => {
    const { id, salt } = experiment;
    const hashed = assignArm(salt, asked.subject, experiment.arms);
    const stored = asked.dryRun ? hashed : await assigned(experiment, asked);
    // A row that came from elsewhere may name an arm that is not there.
    const name = arms.has(stored) ? stored : hashed;
    return { experiment: id, name, loaded: arms.get(name) ?? null };
  };
}
