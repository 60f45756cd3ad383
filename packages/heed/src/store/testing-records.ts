import type { Activation, Artifact, Decision, Episode, Feedback, Loop, Signal, SubjectState } from '../spec/index.ts';

/** The moment of test records: 6 January 2026, 09:30 UTC. */
export const testTimeMs = Date.UTC(2026, 0, 6, 9, 30);

let counter = 0;

/** A UUIDv7 of a moment; each is larger than the last one of the same moment. */
export function testId(timeMs: number = testTimeMs): string {
  counter += 1;
  const time = timeMs.toString(16).padStart(12, '0');
  const count = counter.toString(16).padStart(15, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${count.slice(0, 3)}-8${count.slice(3, 6)}-000${count.slice(6)}`;
}

export function testDecision(changes: Partial<Decision> = {}): Decision {
  return {
    schemaVersion: 1,
    id: testId(),
    origin: 'served',
    loop: 'papers',
    loopVersion: '0123456789abcdef',
    artifact: null,
    subjectState: null,
    subject: 'reader-1',
    agent: null,
    episode: null,
    step: null,
    group: null,
    parents: [],
    context: [{ type: 'json', value: { hour: 9, device: 'phone' } }],
    observations: [],
    candidates: null,
    action: { type: 'choice', item: 'paper-3' },
    heldFrom: null,
    heldUntil: null,
    behaviour: { kind: 'exact', logProbability: Math.log(0.1), seed: '17' },
    activation: 'immediate',
    decidedAt: new Date(testTimeMs).toISOString(),
    idempotencyKey: null,
    traceId: null,
    ...changes,
  };
}

export function testFeedback(decision: string, changes: Partial<Feedback> = {}): Feedback {
  const at = new Date(testTimeMs + 1_000).toISOString();
  return {
    schemaVersion: 1,
    id: testId(testTimeMs + 1_000),
    loop: 'papers',
    targets: [{ type: 'decision', decision }],
    kind: 'reaction',
    name: 'upvote',
    value: { type: 'number', number: 1 },
    source: { type: 'person', seen: 'part' },
    subject: 'reader-1',
    observedAt: at,
    receivedAt: at,
    idempotencyKey: null,
    ...changes,
  };
}

export function testActivation(decision: string, changes: Partial<Activation> = {}): Activation {
  return {
    schemaVersion: 1,
    id: testId(),
    decision,
    activatedAt: new Date(testTimeMs + 500).toISOString(),
    ...changes,
  };
}

export function testSignal(decision: string, changes: Partial<Signal> = {}): Signal {
  return {
    schemaVersion: 1,
    id: testId(),
    derivation: 'papers-1',
    loop: 'papers',
    target: { type: 'decision', decision },
    targetKey: `decision:${decision}`,
    version: 1,
    kind: 'reward',
    value: { kind: 'reward', rewards: { reward: 1 } },
    weight: 1,
    status: 'final',
    availableAt: new Date(testTimeMs).toISOString(),
    feedback: [],
    artifacts: [],
    supersedes: null,
    ...changes,
  };
}

export function testArtifact(changes: Partial<Artifact> = {}): Artifact {
  return {
    schemaVersion: 1,
    id: testId(),
    loop: 'papers',
    loopVersion: '0123456789abcdef',
    role: 'policy',
    format: 'contextual-bandit',
    formatVersion: 1,
    files: [],
    configuration: {},
    lineage: {
      parent: null,
      derivation: null,
      signals: { before: 0, used: 0 },
      datasets: [],
      codeVersion: '0.1.0',
      seed: '1',
    },
    metrics: {},
    createdAt: new Date(testTimeMs).toISOString(),
    ...changes,
  };
}

export function testEpisode(changes: Partial<Episode> = {}): Episode {
  return {
    schemaVersion: 1,
    id: testId(),
    loop: 'papers',
    task: 'read',
    seed: null,
    parent: null,
    participants: [],
    status: 'open',
    finalObservation: null,
    startedAt: new Date(testTimeMs).toISOString(),
    endedAt: null,
    ...changes,
  };
}

export function testSubjectState(changes: Partial<SubjectState> = {}): SubjectState {
  return {
    schemaVersion: 1,
    id: testId(),
    loop: 'papers',
    artifact: testId(),
    subject: 'reader-1',
    key: 'k',
    counter: 1,
    statistics: 'cd'.repeat(32),
    updatedAt: new Date(testTimeMs).toISOString(),
    ...changes,
  };
}

/** A loop that keeps its rows for some days. */
export function testLoop(name: string, retentionDays: number): Loop {
  return {
    schemaVersion: 1,
    id: testId(),
    name,
    version: '0123456789abcdef',
    configuration: {
      name,
      context: {},
      candidate: {},
      action: { type: 'choice' },
      feedback: {},
      reward: { from: {}, combine: 'sum', range: [0, 1], final: 'window', missing: 'wait' },
      attributionWindowSeconds: 60,
      baseline: { type: 'given' },
      exclusions: [],
      leastProbability: 0,
      deadlineMs: 100,
      retentionDays,
      features: { namespaces: {}, crosses: [], bits: 10, seed: 0 },
      learner: { name: 'none', options: {} },
      exploration: { name: 'none', options: {} },
      release: { promote: 'manual', everySignals: 1, everySeconds: 1, leastSubjects: 1 },
    },
    createdAt: new Date(testTimeMs).toISOString(),
  };
}
