import { expect, test } from 'vitest';
import { contextualBanditLearner } from '../learner/index.ts';
import type { Experience } from '../spec/index.ts';
import { readCheckpoint, whyNotResumed, writeCheckpoint } from './checkpoint.ts';
import type { Checkpoint } from './checkpoint.ts';
import { configureLoop } from './configuration.ts';
import { slowConfig } from './testing-slow.ts';

const configuration = configureLoop('greeting', slowConfig.loops.greeting);
const learner = contextualBanditLearner;
const candidates = ['warm', 'dry'].map((tone) => ({ item: tone, features: { tone } }));

const experiences = Array.from({ length: 20 }, (_, hour): Experience => {
  const request = { subject: null, context: { hour }, candidates, excluded: new Set<string>(), size: 1 };
  return {
    request: { ...request, subjectState: null },
    item: hour % 3 === 0 ? 'warm' : 'dry',
    probability: 0.5,
    reward: (hour % 7) / 7,
    weight: 1,
  };
});

function checkpoint(): Checkpoint {
  return {
    loopVersion: 'v',
    lineage: 'training:greeting',
    forgotten: 0,
    parent: null,
    seed: '01',
    signals: ['a', 'b'],
    done: 1,
    state: learner.toArtifact(learner.update(learner.init(configuration, '01'), experiences.slice(0, 10))),
  };
}

test('a training that goes on from a checkpoint ends where one without a break ends', () => {
  const kept = readCheckpoint(writeCheckpoint(checkpoint()).content);
  const resumed = learner.fromArtifact(
    configuration,
    kept?.state ?? learner.toArtifact(learner.init(configuration, '01')),
  );
  const first = learner.update(learner.init(configuration, '01'), experiences.slice(0, 10));
  const whole = learner.toArtifact(learner.update(first, experiences.slice(10)));
  expect(learner.toArtifact(learner.update(resumed, experiences.slice(10)))).toEqual(whole);
  expect(whole).not.toEqual(kept?.state);
});

test('what is no checkpoint is none', () => {
  expect(readCheckpoint(Buffer.from('{'))).toBeNull();
  expect(readCheckpoint(Buffer.from('{"format":"heed-checkpoint-2"}'))).toBeNull();
});

test('a checkpoint is of no use once what it began from has changed', () => {
  const { loopVersion, lineage, forgotten, parent } = checkpoint();
  const now = { loopVersion, lineage, forgotten, parent, waiting: new Set(['a', 'b', 'c']) };
  expect(whyNotResumed(checkpoint(), now)).toBeNull();
  expect(whyNotResumed(checkpoint(), { ...now, loopVersion: 'w' })).toMatch('version');
  expect(whyNotResumed(checkpoint(), { ...now, lineage: 'other' })).toMatch('from the start');
  expect(whyNotResumed(checkpoint(), { ...now, forgotten: 1 })).toMatch('forgotten');
  expect(whyNotResumed(checkpoint(), { ...now, parent: 'p' })).toMatch('newest');
  expect(whyNotResumed(checkpoint(), { ...now, waiting: new Set(['a']) })).toMatch('used');
});
