import { expect, test } from 'vitest';
import type { ArtifactContent, Experience, Learner, LoopConfiguration } from '../spec/index.ts';

export { configurationWith, experienceOf } from './testing-configuration.ts';

/** An artifact as it comes back from a store: its configuration through JSON, its files as other bytes. */
export function storedAndRead(content: ArtifactContent): ArtifactContent {
  const { files, ...rest } = content;
  return {
    ...(JSON.parse(JSON.stringify(rest)) as Omit<ArtifactContent, 'files'>),
    files: files.map(({ name, bytes }) => ({ name, bytes: bytes.slice() })),
  };
}

/** The artifact of a state, once what the learner does outside the calling thread is done. */
export async function settledArtifact<State>(learner: Learner<State>, state: State): Promise<ArtifactContent> {
  return learner.toArtifact(learner.settle === undefined ? state : await learner.settle(state));
}

/** What every learner must do, on experiences of its own kind. */
export function learnerContract<State>(
  name: string,
  learner: Learner<State>,
  configuration: LoopConfiguration,
  experiences: readonly Experience[],
): void {
  const half = Math.floor(experiences.length / 2);
  const [first, second] = [experiences.slice(0, half), experiences.slice(half)];
  const trained = (): State => learner.update(learner.init(configuration, 'seed'), experiences);
  const artifactOf = (state: State): Promise<ArtifactContent> => settledArtifact(learner, state);

  test(`${name}: the same experiences give the same artifact, byte for byte`, async () => {
    expect(await artifactOf(trained())).toEqual(await artifactOf(trained()));
  });

  test(`${name}: update leaves the state it was given as it was`, async () => {
    const state = learner.update(learner.init(configuration, 'seed'), first);
    const before = storedAndRead(await artifactOf(state));
    learner.update(state, second);
    expect(await artifactOf(state)).toEqual(before);
  });

  test(`${name}: learning changes the artifact`, async () => {
    const [before, after] = [await artifactOf(learner.init(configuration, 'seed')), await artifactOf(trained())];
    expect(after.files).not.toEqual(before.files);
  });

  test(`${name}: batches do not matter`, async () => {
    const inBatches = experiences.reduce(
      (state, each) => learner.update(state, [each]),
      learner.init(configuration, 'seed'),
    );
    expect(await artifactOf(inBatches)).toEqual(await artifactOf(trained()));
  });

  test(`${name}: training goes on from a stored artifact, bit for bit`, async () => {
    const stored = storedAndRead(await artifactOf(learner.update(learner.init(configuration, 'seed'), first)));
    const resumed = learner.update(learner.fromArtifact(configuration, stored), second);
    expect(await artifactOf(resumed)).toEqual(await artifactOf(trained()));
  });

  test(`${name}: training goes on from a checkpoint, bit for bit`, async () => {
    const checkpoint = storedAndRead(learner.toArtifact(learner.update(learner.init(configuration, 'seed'), first)));
    const resumed = learner.update(learner.fromArtifact(configuration, checkpoint), second);
    expect(await artifactOf(resumed)).toEqual(await artifactOf(trained()));
  });

  test(`${name}: an artifact survives its store`, async () => {
    const content = await artifactOf(trained());
    expect(storedAndRead(content)).toEqual(content);
    expect(Object.values(content.metrics).every(Number.isFinite)).toBe(true);
  });

  test(`${name}: needs what it says it needs`, () => {
    expect(learner.needs(configuration)).toEqual({
      signal: expect.any(String) as string,
      propensity: expect.any(Boolean) as boolean,
      rewardRange: expect.any(Boolean) as boolean,
    });
  });
}
